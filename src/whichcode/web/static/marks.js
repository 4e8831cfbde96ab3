// Colours the tokens that decided, in a copy of the text that lies behind it.
const LEVELS = 5;
const MOST_WHILE_TYPING = 2000;

export class Marks {
  constructor(copy, textarea) {
    Object.assign(this, { copy, textarea, text: "", spans: [] });
    textarea.addEventListener("scroll", () => this.scroll());
  }

  // `spans`: [start, end, added] in code points, as the service gives them.
  show(text, spans) {
    const at = /[\ud800-\udbff][\udc00-\udfff]/.test(text) ? units(text, spans.at(-1)?.[1] ?? 0) : null;
    const strongest = Math.max(0.4, ...spans.map(([, , added]) => Math.abs(added)));
    this.text = text;
    this.spans = [];
    for (const [start, end, added] of spans) {
      const strength = Math.abs(added) / strongest;
      if (strength < 0.05) continue;
      const level = Math.min(LEVELS, Math.ceil(LEVELS * Math.sqrt(strength)));
      this.spans.push([at ? at[start] : start, at ? at[end] : end, `${added > 0 ? "for" : "against"} l${level}`]);
    }
    this.draw();
  }

  // Until the next answer comes, marks stay on what has not been touched.
  follow(text) {
    if (text === this.text) return;
    if (this.spans.length > MOST_WHILE_TYPING) this.spans = [];
    let head = 0;
    const shorter = Math.min(text.length, this.text.length);
    const last = this.spans.at(-1)?.[1] ?? 0;
    while (head < Math.min(shorter, last) && text[head] === this.text[head]) head++;
    let tail = 0;
    while (tail < shorter - head && text.at(-1 - tail) === this.text.at(-1 - tail)) tail++;
    const moved = text.length - this.text.length;
    const kept = [];
    for (const [start, end, kind] of this.spans) {
      if (end <= head) kept.push([start, end, kind]);
      else if (start >= this.text.length - tail) kept.push([start + moved, end + moved, kind]);
    }
    this.text = text;
    this.spans = kept;
    this.draw();
  }

  draw() {
    const nodes = [];
    let done = 0;
    for (const [start, end, kind] of this.spans) {
      if (start < done) continue;
      if (start > done) nodes.push(document.createTextNode(this.text.slice(done, start)));
      const mark = document.createElement("mark");
      mark.className = kind;
      mark.textContent = this.text.slice(start, end);
      nodes.push(mark);
      done = end;
    }
    const fragment = document.createDocumentFragment();
    for (const node of nodes) fragment.append(node);
    this.copy.replaceChildren(fragment);
    this.scroll();
  }

  scroll() {
    this.copy.style.transform = `translate(${-this.textarea.scrollLeft}px, ${-this.textarea.scrollTop}px)`;
  }
}

// Places in UTF-16 units of the first `count` code points of `text`.
function units(text, count) {
  const places = [0];
  for (const character of text) {
    if (places.length > count) break;
    places.push(places.at(-1) + character.length);
  }
  return places;
}
