import { EXAMPLES } from "./examples.js";
import { Marks } from "./marks.js";
import { Picker } from "./picker.js";

const LOOKED_AT = 1 << 20; // characters of a text that the service looks at
const LARGE = 100_000; // characters from which on typing waits longer
const SHOWN_FEATURES = 9;

const $ = (id) => document.getElementById(id);
const text = $("text");
const marks = new Marks($("marks"), text);
const picker = new Picker({ input: $("search"), list: $("options"), chips: $("chips"), changed: () => ask(0) });
const names = new Map();
let limits = { body_bytes: 1 << 20, explained_characters: 10_000 };
let version = 0;
let timer = 0;
let speaking = 0;
let running = new AbortController();

const nameOf = (id) => names.get(id) ?? id;

// --- asking ---

// Asks after `delay` milliseconds; whatever was asked before is stale from now on.
function ask(delay) {
  version += 1;
  running.abort();
  clearTimeout(timer);
  const mine = version;
  timer = setTimeout(() => answer(mine), delay);
}

async function answer(mine) {
  const given = text.value;
  if (!given.trim()) {
    showNothing();
    return;
  }
  running = new AbortController();
  const { signal } = running;
  const slow = setTimeout(() => $("language").parentElement.classList.add("waiting"), 300);
  const among = picker.ids.length ? { among: picker.ids } : {};
  try {
    const detection = await post("v1/detect", { text: fitting(given), k: 5, ...among }, signal);
    if (mine !== version) return;
    showAnswer(detection);
    const looked = Array.from(given.slice(0, 2 * limits.explained_characters)).slice(0, limits.explained_characters);
    const explanation = await post("v1/explain", { text: fitting(looked.join("")), top: SHOWN_FEATURES, ...among }, signal);
    if (mine !== version) return;
    showWhy(given, explanation);
  } catch (error) {
    if (mine === version && error.name !== "AbortError") showTrouble(error.message);
  } finally {
    clearTimeout(slow);
    if (mine === version) $("language").parentElement.classList.remove("waiting");
  }
}

// The part of a text that the service looks at and takes.
function fitting(given) {
  let part = given.slice(0, LOOKED_AT);
  while (new Blob([JSON.stringify(part)]).size > limits.body_bytes - 8192) part = part.slice(0, part.length * 0.7);
  return part;
}

async function post(path, body, signal) {
  for (let attempt = 1; ; attempt++) {
    let response;
    try {
      response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal,
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("The service cannot be reached. Is it still running?");
    }
    if (response.ok) return response.json();
    if (response.status === 503 && attempt < 4) {
      await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), signal);
      continue;
    }
    const told = await response.json().catch(() => null);
    throw new Error(told?.error?.message ?? `The service answered with status ${response.status}.`);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const wait = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(wait);
      reject(new DOMException("stale", "AbortError"));
    });
  });
}

// --- showing ---

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function percent(p) {
  if (p > 0 && p < 0.001) return "< 0.1 %";
  if (p > 0.999 && p < 1) return "> 99.9 %";
  return `${(100 * p).toFixed(1)} %`;
}

function sureness(p) {
  if (p >= 0.95) return "almost certainly";
  if (p >= 0.8) return "very likely";
  if (p >= 0.5) return "probably";
  return "a guess: more lines or fewer languages would help";
}

function showAnswer({ language, confidence, candidates, model }) {
  $("trouble").hidden = true;
  $("language").textContent = language === null ? "–" : nameOf(language);
  $("sureness").textContent = `${percent(confidence)}, ${sureness(confidence)}`;
  $("model").textContent = `Model: ${model}.`;
  $("bars").replaceChildren(
    ...candidates.map(([id, p]) => {
      const fill = element("span", "fill");
      fill.style.width = `${100 * p}%`;
      const track = element("span", "track", fill);
      track.setAttribute("aria-hidden", "true");
      return element("li", "", element("span", "", nameOf(id)), element("span", "share", percent(p)), track);
    }),
  );
  document.documentElement.dataset.language = language ?? "";
  // Spoken only when typing has come to rest.
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    $("spoken").textContent = `${$("language").textContent}: ${$("sureness").textContent}`;
  }, 700);
}

function showWhy(given, { language, runner_up: other, features, spans, characters }) {
  marks.show(given, spans);
  $("why").hidden = $("legend").hidden = other === null;
  if (other === null) return;
  $("legend-for").textContent = nameOf(language);
  $("legend-against").textContent = nameOf(other);
  const part = characters < Array.from(given.slice(0, characters + 1)).length
    ? ` Only the first ${characters.toLocaleString("en")} characters are coloured.` : "";
  $("why-note").textContent =
    `How the odds of ${nameOf(language)} against ${nameOf(other)} change by what stands in the text.${part}`;
  $("features").replaceChildren(
    ...features.map(({ shown, count, added }) => {
      const kind = /^(shape|indent) /.exec(shown)?.[1] ?? "";
      const level = Math.min(5, Math.ceil(5 * Math.sqrt(Math.abs(added) / Math.abs(features[0].added || 1))));
      const code = element("code", `${added >= 0 ? "for" : "against"} l${level}`, kind ? shown.slice(kind.length + 1) : shown);
      const first = element("td", "", ...(kind ? [element("span", "kind", kind)] : []), code);
      const factor = Math.exp(Math.abs(added));
      const odds = `${added >= 0 ? "×" : "÷"} ${factor >= 100 ? factor.toFixed(0) : factor.toFixed(factor >= 10 ? 1 : 2)}`;
      return element("tr", "", first, element("td", "", String(count)), element("td", "", odds));
    }),
  );
}

function showNothing() {
  $("language").textContent = "–";
  $("sureness").textContent = "Waiting for a text.";
  $("spoken").textContent = "";
  clearTimeout(speaking);
  $("bars").replaceChildren();
  $("why").hidden = $("legend").hidden = $("trouble").hidden = true;
  marks.show("", []);
}

function showTrouble(message) {
  $("trouble").textContent = message;
  $("trouble").hidden = false;
}

function showSize() {
  const given = text.value;
  if (!given) {
    $("hint").textContent = "Nothing yet. One line is often enough, three are better.";
    return;
  }
  let lines = 1;
  for (let i = given.indexOf("\n"); i >= 0 && i < given.length - 1; i = given.indexOf("\n", i + 1)) lines++;
  const size = `${lines.toLocaleString("en")} ${lines === 1 ? "line" : "lines"}, ${given.length.toLocaleString("en")} characters`;
  $("hint").textContent = given.length > LOOKED_AT ? `${size}, of which the first ${LOOKED_AT.toLocaleString("en")} are looked at` : size;
}

function setText(given) {
  text.value = given;
  text.scrollTop = text.scrollLeft = 0;
  changed(0);
}

function changed(delay) {
  marks.follow(text.value);
  showSize();
  ask(delay);
}

// --- files ---

async function readFile(file) {
  const bytes = new Uint8Array(await file.slice(0, 4 * LOOKED_AT).arrayBuffer());
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  const read = new TextDecoder(marked).decode(bytes);
  if (read.includes("\0")) {
    showTrouble(`${file.name} is not text: it holds NUL characters.`);
    return;
  }
  setText(read.slice(0, LOOKED_AT));
  text.focus();
}

function isFile(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

document.addEventListener("dragover", (event) => {
  if (!isFile(event)) return;
  event.preventDefault();
  $("pad").classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) $("pad").classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  $("pad").classList.remove("dropping");
  if (!isFile(event)) return;
  event.preventDefault();
  if (event.dataTransfer.files[0]) readFile(event.dataTransfer.files[0]);
});
$("open").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  if ($("file").files[0]) readFile($("file").files[0]);
  $("file").value = "";
});
$("clear").addEventListener("click", () => {
  setText("");
  text.focus();
});

// --- the rest ---

text.addEventListener("input", () => changed(text.value.length > LARGE ? 400 : 150));

$("examples").append(
  ...EXAMPLES.map(([name, example]) => {
    const button = element("button", "", name);
    button.type = "button";
    button.addEventListener("click", () => setText(example));
    return element("li", "", button);
  }),
);

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
for (const choice of document.querySelectorAll("input[name=theme]")) {
  choice.addEventListener("change", () => {
    setTheme(choice.value);
    try {
      localStorage.setItem("theme", choice.value);
    } catch { /* storage is off: the choice lasts as long as the page */ }
  });
}
try {
  const kept = document.querySelector(`input[name=theme][value=${localStorage.getItem("theme") ?? "auto"}]`);
  if (kept) {
    kept.checked = true;
    setTheme(kept.value);
  }
} catch { /* as above */ }

try {
  const response = await fetch("v1/languages");
  const known = await response.json();
  for (const { id, name } of known.languages) names.set(id, name);
  limits = known.limits;
  picker.load(known.languages);
  $("model").textContent = `Model: ${known.model}.`;
} catch {
  showTrouble("The list of languages could not be loaded. Is the service still running?");
}
// What the browser kept in the field over a reload is asked about at once.
showSize();
if (text.value) ask(0);
