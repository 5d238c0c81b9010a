// In which order sessions come, and which: a choice, in words and as the server takes it. No DOM.
//
// A choice is {order, site, label, date_from, date_to}; empty strings let everything through. Days are UTC.

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

export const EVERYTHING = { order: "queue", site: "", label: "", date_from: "", date_to: "" };

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text);

/** A choice that the server takes, from whatever was stored or chosen; of two days the one just `changed` wins. */
export function tidy(raw, changed = "date_from") {
  const text = (name) => (typeof raw?.[name] === "string" ? raw[name] : "");
  const day = (name) => (isDay(text(name)) ? text(name) : "");
  const choice = { site: text("site"), label: text("label"), date_from: day("date_from"), date_to: day("date_to") };
  choice.order = ORDERS.some(({ order }) => order === raw?.order) ? raw.order : EVERYTHING.order;
  if (choice.order === "no_predictions") choice.label = "";
  if (choice.date_from && choice.date_to && choice.date_from > choice.date_to) {
    choice[changed === "date_to" ? "date_from" : "date_to"] = choice[changed === "date_to" ? "date_to" : "date_from"];
  }
  return choice;
}

/** The same order without filters; an order that is a filter itself goes too. */
export const withoutFilters = ({ order }) => ({ ...EVERYTHING, order: order === "no_predictions" ? "queue" : order });

export const sameChoice = (a, b) => Object.keys(EVERYTHING).every((name) => a[name] === b[name]);

/** Does the choice leave sessions out? */
export const isFiltered = (choice) =>
  !sameChoice(choice, { ...EVERYTHING, order: choice.order }) || choice.order === "no_predictions";

/** What a claim says about it: empty fields are left out. */
export function toRequest(choice) {
  return Object.fromEntries(Object.entries(choice).filter(([name, value]) => value && value !== EVERYTHING[name]));
}

function days({ date_from: from, date_to: to }) {
  if (from && to) return from === to ? from : `${from} – ${to}`;
  return from ? `from ${from}` : to && `to ${to}`;
}

/** "Best first · call · Bush Point": the choice on a button; empty for everything in order. */
export function summariseChoice(choice) {
  const { short } = ORDERS.find(({ order }) => order === choice.order);
  return [short, choice.label, choice.site, days(choice)].filter(Boolean).join(" · ");
}

/** Why a session comes now, when they come as the model suggests; else "". */
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
