/* What the two scripts for highlight.js share; a bundle is a module's name, with all grammars or the common ones. */
"use strict";

function asked(bundle) {
  const hljs = require(bundle);
  return (text) => {
    const { language } = hljs.highlightAuto(text);
    return { label: language ?? null, score: null };
  };
}

function described(bundle) {
  const hljs = require(bundle);
  return { version: hljs.versionString, labels: hljs.listLanguages().sort(), probabilities: false };
}

module.exports = { asked, described };
