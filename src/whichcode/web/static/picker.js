// A searchable list of languages of which several can be chosen: a combobox with a listbox.
export class Picker {
  constructor({ input, list, chips, changed }) {
    Object.assign(this, { input, list, chips, changed });
    this.languages = [];
    this.chosen = new Map();
    this.active = -1;
    input.addEventListener("input", () => this.open());
    input.addEventListener("click", () => this.open());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    // The input keeps the focus while somebody clicks in the list.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option?.dataset.id) this.toggle(option.dataset.id);
    });
  }

  load(languages) {
    this.languages = languages.map((language) => ({
      ...language,
      sought: [language.id, language.name, ...language.aliases, ...language.extensions].map((s) => s.toLowerCase()),
    }));
    this.languages.sort((a, b) => a.name.localeCompare(b.name));
  }

  get ids() {
    return [...this.chosen.keys()];
  }

  found() {
    const query = this.input.value.trim().toLowerCase();
    if (!query) return this.languages;
    const rank = ({ sought }) =>
      sought.includes(query) || sought.includes("." + query) ? 0
        : sought.some((name) => name.startsWith(query)) ? 1
        : sought.some((name) => name.includes(query)) ? 2 : 3;
    return this.languages
      .map((language) => [rank(language), language])
      .filter(([place]) => place < 3)
      .sort((a, b) => a[0] - b[0])
      .map(([, language]) => language);
  }

  open(active = this.input.value ? 0 : -1) {
    const found = this.found();
    this.list.replaceChildren(...found.map((language, i) => this.option(language, i)));
    if (!found.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = "No such language";
      this.list.append(none);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.point(found.length ? active : -1);
  }

  option(language, i) {
    const item = document.createElement("li");
    item.id = `option-${i}`;
    item.dataset.id = language.id;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(this.chosen.has(language.id)));
    item.append(language.name);
    const more = document.createElement("small");
    more.textContent = language.extensions.slice(0, 3).join(" ");
    item.append(more);
    return item;
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.point(-1);
  }

  point(to) {
    this.active = to;
    for (const [i, item] of [...this.list.children].entries()) item.classList.toggle("active", i === to);
    const item = this.list.children[to];
    if (item) {
      this.input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    const open = !this.list.hidden;
    const count = this.list.querySelectorAll("[data-id]").length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (!open) this.open(0);
      else if (count) this.point((this.active + step + (this.active < 0 && step < 0 ? 1 : 0) + count) % count);
    } else if (event.key === "Enter" && open && this.active >= 0) {
      event.preventDefault();
      this.toggle(this.list.children[this.active].dataset.id);
    } else if (event.key === "Escape") {
      if (open) this.close();
      else this.input.value = "";
    } else if (event.key === "Backspace" && !this.input.value && this.chosen.size) {
      this.toggle(this.ids.at(-1));
    }
  }

  toggle(id) {
    if (!this.chosen.delete(id)) this.chosen.set(id, this.languages.find((language) => language.id === id).name);
    const open = !this.list.hidden;
    this.input.value = "";
    this.input.placeholder = this.chosen.size ? "Add another" : "All languages";
    this.show();
    if (open) this.open(-1);
    this.changed();
  }

  show() {
    this.chips.replaceChildren(
      ...[...this.chosen].map(([id, name]) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-label", `Remove ${name}`);
        const cross = document.createElement("span");
        cross.textContent = "×";
        cross.setAttribute("aria-hidden", "true");
        button.append(name, cross);
        button.addEventListener("click", () => {
          this.toggle(id);
          this.input.focus();
          this.close();
        });
        item.append(button);
        return item;
      }),
    );
  }
}
