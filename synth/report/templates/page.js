"use strict";

/* Light and dark: the system's choice, until the reader makes one. */
{
  const root = document.documentElement;
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    const now = root.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });
}

/* Tables: a click on a heading sorts; above each stand what narrows it down and the rows shown. */
for (const holder of document.querySelectorAll(".table")) {
  const headings = [...holder.querySelectorAll("th")];
  const body = holder.querySelector("tbody");
  const rows = [...body.rows];
  const controls = holder.querySelector(".controls");
  const count = document.createElement("span");
  count.className = "count";
  count.setAttribute("role", "status");

  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "search";
  search.setAttribute("aria-label", "rows with this text");

  const selects = headings.flatMap((heading, column) => {
    if (!("choice" in heading.dataset)) return [];
    const values = [...new Set(rows.map((row) => row.cells[column].textContent))];
    if (values.length < 2) return [];
    const select = document.createElement("select");
    const name = heading.textContent;
    select.setAttribute("aria-label", name);
    select.append(new Option(`every ${name}`, ""), ...values.map((value) => new Option(value, value)));
    select.dataset.column = column;
    return [select];
  });

  const narrow = () => {
    const text = search.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(row.textContent.toLowerCase().includes(text) &&
        selects.every(({ value, dataset }) =>
          value === "" || row.cells[dataset.column].textContent === value));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };

  const sortBy = (column) => {
    const heading = headings[column];
    const direction = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const numeric = heading.classList.contains("number");
    const key = (row) => numeric ? row.cells[column].dataset.value : row.cells[column].textContent;
    const compare = (first, second) => {
      const [a, b] = [key(first), key(second)];
      if (a === "" || b === "") return (a === "") - (b === "");  /* not measured: last, always */
      return sign * (numeric ? a - b : a.localeCompare(b, "en", { numeric: true }));
    };
    body.append(...rows.sort(compare));
  };

  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(column));
    heading.append(button);
  });
  for (const control of [search, ...selects]) control.addEventListener("input", narrow);
  if (rows.length > 8) {
    controls.append(search, ...selects, count);
    controls.hidden = false;
    narrow();
  }
}
