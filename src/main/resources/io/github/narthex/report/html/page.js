"use strict";
// Makes the columns of tables sortable. Without it the tables stay as they are.
for (const table of document.querySelectorAll("table.data")) {
  const body = table.tBodies[0];
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const isNumber = header.classList.contains("number");
      const ascending = header.ariaSort !== "ascending";
      for (const other of headers) {
        other.ariaSort = null;
      }
      header.ariaSort = ascending ? "ascending" : "descending";
      const key = (row) => {
        const cell = row.cells[column];
        const text = isNumber ? cell.dataset.order : cell.textContent;
        return text === "" ? null : isNumber ? Number(text) : text;
      };
      const compare = (a, b) => (isNumber ? a - b : a.localeCompare(b, "en", { numeric: true }));
      // What has no value is last in either direction.
      const rows = [...body.rows].sort((one, other) => {
        const a = key(one);
        const b = key(other);
        return a === null || b === null
          ? (a === null) - (b === null)
          : (ascending ? 1 : -1) * compare(a, b);
      });
      body.append(...rows);
    });
  });
}
