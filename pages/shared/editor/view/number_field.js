// Numbers as people type them: with a point or a comma. Fields of the type "number" silently drop a comma in a browser
// whose language has none (0,2 becomes 2), so numbers are typed into plain fields and read here.

import { el } from "../../web/dom.js";

const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/**
 * The number that a text says; null for an empty text, NaN for one that is no single number ("1.2.3", "1_0").
 * @param {string} text
 */
export function readNumber(text) {
  const plain = text.trim().replace("\u2212", "-");
  if (plain === "") return null;
  return NUMBER.test(plain) ? Number(plain.replace(",", ".")) : NaN;
}

/**
 * What to say about a text that is no number.
 * @param {string} text
 */
export const numberProblem = (text) =>
  `“${text.trim()}” is not a number: write it as 0.2 or 0,2, without a unit or thousands separators.`;

/**
 * A field for one number; `take(value, field)` gets a number or null (empty), `refuse(text, field)` what is none.
 * @param {Record<string, unknown>} props
 * @param {(value: number | null, field: HTMLInputElement) => unknown} take
 * @param {(text: string, field: HTMLInputElement) => unknown} refuse
 */
export function numberField(props, take, refuse) {
  /** @param {any} options */
  const onchange = ({ target }) => {
    const value = readNumber(target.value);
    if (Number.isFinite(value) || value === null) take(value, target);
    else refuse(numberProblem(target.value), target);
  };
  return el("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
    ...props,
    onchange,
  });
}
