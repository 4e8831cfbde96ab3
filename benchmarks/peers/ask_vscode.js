/* The model of Visual Studio Code's language detection (guesslang's), without the editor's own thresholds. */
"use strict";

const { serve } = require("./serve.js");

async function load() {
  const { ModelOperations } = require("@vscode/vscode-languagedetection");
  const model = new ModelOperations({ minContentSize: 0 });
  return async (text) => {
    const [best] = await model.runModel(text);
    return best ? { label: best.languageId, score: best.confidence } : { label: null, score: null };
  };
}

async function describe() {
  const { ModelOperations } = require("@vscode/vscode-languagedetection");
  const answers = await new ModelOperations({ minContentSize: 0 }).runModel("x = 1\n");
  return {
    version: require("@vscode/vscode-languagedetection/package.json").version,
    labels: answers.map((answer) => answer.languageId).sort(),
    probabilities: true,
  };
}

serve(__filename, describe, load);
