/* The line protocol of benchmarks/peers/__init__.py for peers in JavaScript.
 *
 * A peer's script calls serve(__filename, describe, load): describe() gives the description, load() a function
 * text -> {label, score}, which may be asynchronous. The peer runs in a worker thread, which is ended and started
 * again where one text takes longer than SECONDS (of the environment's PEER_SECONDS, or 5): some peers' regular
 * expressions take minutes on a long line. */
"use strict";

const { Worker, isMainThread, parentPort } = require("node:worker_threads");
const readline = require("node:readline");

const SECONDS = Number(process.env.PEER_SECONDS ?? 5);

async function work(load) {
  const answer = await load();
  parentPort.on("message", async (text) => parentPort.postMessage(await answer(text)));
  parentPort.postMessage("ready");
}

function start(filename) {
  const worker = new Worker(filename);
  return new Promise((resolve, reject) => {
    worker.once("message", () => resolve(worker));
    worker.once("error", reject);
  });
}

function ask(worker, text) {
  return new Promise((resolve, reject) => {
    const finish = (how, value) => {
      clearTimeout(timer);
      worker.off("message", received);
      worker.off("error", failed);
      how(value);
    };
    const received = (value) => finish(resolve, value);
    const failed = (error) => finish(reject, error);
    const timer = setTimeout(() => finish(resolve, null), 1000 * SECONDS);
    worker.on("message", received);
    worker.on("error", failed);
    worker.postMessage(text);
  });
}

/* For benchmarks/speed: a line is a list of texts, and the answer how many seconds each took, without the worker. */
async function time(load) {
  const answer = await load();
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const seconds = [];
    for (const text of JSON.parse(line)) {
      const start = process.hrtime.bigint();
      await answer(text);
      seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
    }
    process.stdout.write(JSON.stringify(seconds) + "\n");
  }
}

async function main(filename, describe) {
  if (process.argv[2] === "--describe") {
    console.log(JSON.stringify(await describe()));
    return;
  }
  let worker = await start(filename);
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const row = JSON.parse(line);
    let answer = await ask(worker, row.text);
    if (answer === null) {
      await worker.terminate();
      worker = await start(filename);
      answer = { label: null, score: null, timeout: true };
    }
    process.stdout.write(JSON.stringify({ id: row.id, ...answer }) + "\n");
  }
  await worker.terminate();
}

function serve(filename, describe, load) {
  const timed = process.argv[2] === "--time";
  const running = timed ? time(load) : isMainThread ? main(filename, describe) : work(load);
  running.catch((error) => {
    console.error(String(error));
    process.exit(1);
  });
}

module.exports = { serve };
