/* flourite. Its points are no probability; "Unknown" is its word for no answer. */
"use strict";

const { serve } = require("./serve.js");

function detector() {
  const flourite = require("flourite");
  return flourite.default ?? flourite;
}

function load() {
  const detect = detector();
  return (text) => {
    const { language } = detect(text);
    return { label: language === "Unknown" ? null : language, score: null };
  };
}

function describe() {
  const labels = Object.keys(detector()("").statistics).filter((name) => name !== "Unknown");
  return { version: require("flourite/package.json").version, labels: labels.sort(), probabilities: false };
}

serve(__filename, describe, load);
