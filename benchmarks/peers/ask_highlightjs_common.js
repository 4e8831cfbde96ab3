/* highlight.js's highlightAuto among its common grammars, which is what most sites load. */
"use strict";

const { serve } = require("./serve.js");
const { asked, described } = require("./highlightjs.js");

serve(__filename, () => described("highlight.js/lib/common"), () => asked("highlight.js/lib/common"));
