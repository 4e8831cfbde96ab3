/* highlight.js's highlightAuto among all its grammars. Its relevance is a count and no probability. */
"use strict";

const { serve } = require("./serve.js");
const { asked, described } = require("./highlightjs.js");

serve(__filename, () => described("highlight.js"), () => asked("highlight.js"));
