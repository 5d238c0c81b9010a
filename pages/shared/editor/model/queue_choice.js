// In which order sessions come, and which: a choice, in words and as the server takes it. No DOM.
//
// A choice is {order, site, label, date_from, date_to}; empty strings let everything through. Days are UTC.

/** @import { QueueChoice, SessionView } from "../../web/types.js" */

export const ORDERS = [
  { order: "queue", name: "As listed", short: "", text: "In the order of the round's list." },
  {
    order: "random",
    name: "Random",
    short: "Random",
    text: "Shuffled for this tab; the order stays the same when you return.",
  },
  { order: "time", name: "In time", short: "In time", text: "By recording time, oldest first." },
  {
    order: "score",
    name: "Best score first",
    short: "Best first",
    text: "Sessions with the model's most confident prediction first: quick to confirm.",
  },
  {
    order: "uncertainty",
    name: "Most uncertain first",
    short: "Uncertain first",
    text: "Sessions with scores nearest 0.5 first: where the model is undecided.",
  },
  {
    order: "gain",
    name: "As the model suggests",
    short: "As suggested",
    text: "A random draw that favours sessions where the round's newest model run is unsure, where versions disagree, and that sound new. One in five is drawn uniformly: quality is estimated from these.",
  },
  { order: "site", name: "Site by site", short: "By site", text: "All sessions of one site, then those of the next." },
  {
    order: "no_predictions",
    name: "Without predictions",
    short: "No predictions",
    text: "Only sessions where the model found nothing, spread over sites, hours and recordings: shows what it misses.",
  },
];

/** @type {QueueChoice} */
export const EVERYTHING = { order: "queue", site: "", label: "", date_from: "", date_to: "" };

/** @type {(keyof QueueChoice)[]} */
export const FIELDS = ["order", "label", "site", "date_from", "date_to"];

/** @param {string} text */
const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text);

/**
 * A choice that the server takes, from whatever was stored or chosen; of two days the one just `changed` wins.
 * @param {Record<string, any> | null} raw
 * @param {string} [changed]
 * @returns {QueueChoice}
 */
export function tidy(raw, changed = "date_from") {
  /** @param {string} name */
  const text = (name) => (typeof raw?.[name] === "string" ? raw[name] : "");
  /** @param {string} name */
  const day = (name) => (isDay(text(name)) ? text(name) : "");
  const order = ORDERS.some(({ order }) => order === raw?.order) ? raw.order : EVERYTHING.order;
  const label = order === "no_predictions" ? "" : text("label");
  const choice = { order, site: text("site"), label, date_from: day("date_from"), date_to: day("date_to") };
  if (choice.date_from && choice.date_to && choice.date_from > choice.date_to) {
    choice[changed === "date_to" ? "date_from" : "date_to"] = choice[changed === "date_to" ? "date_to" : "date_from"];
  }
  return choice;
}

/**
 * The same order without filters; an order that is a filter itself goes too.
 * @param {QueueChoice} queueChoice
 */
export const withoutFilters = ({ order }) => ({ ...EVERYTHING, order: order === "no_predictions" ? "queue" : order });

/** @param {QueueChoice} a @param {QueueChoice} b */
export const sameChoice = (a, b) => FIELDS.every((name) => a[name] === b[name]);

/**
 * Does the choice leave sessions out?
 * @param {QueueChoice} choice
 */
export const isFiltered = (choice) =>
  !sameChoice(choice, { ...EVERYTHING, order: choice.order }) || choice.order === "no_predictions";

/**
 * What a claim says about it: empty fields are left out.
 * @param {QueueChoice} choice
 */
export function toRequest(choice) {
  return Object.fromEntries(
    Object.entries(choice).filter(
      ([name, value]) => value && value !== /** @type {Record<string, string>} */ ({ ...EVERYTHING })[name],
    ),
  );
}

/** @param {QueueChoice} queueChoice */
function days({ date_from: from, date_to: to }) {
  if (from && to) return from === to ? from : `${from} – ${to}`;
  return from ? `from ${from}` : to && `to ${to}`;
}

/**
 * "Best first · call · Bush Point": the choice on a button; empty for everything in order.
 * @param {QueueChoice} choice
 */
export function summariseChoice(choice) {
  const { short } = ORDERS.find(({ order }) => order === choice.order);
  return [short, choice.label, choice.site, days(choice)].filter(Boolean).join(" · ");
}

/**
 * Why a session comes now, when they come as the model suggests; else "".
 * @param {string | undefined} order
 * @param {SessionView["suggestion"]} suggestion
 */
export function whyNow(order, suggestion) {
  if (order !== "gain") return "";
  if (!suggestion) return "no model run covers this session";
  return {
    uncertain: "the model is less sure here than elsewhere",
    disagreement: "versions of the model disagree here",
    novel: "new: unlike anything labelled",
    ordinary: "an ordinary session, chosen at random",
    random: "drawn at random, for an honest estimate",
  }[suggestion.reason];
}
