// What this browser remembers: unsaved work per session, the look of the picture, own keys, and the tab's name.

import { uuid } from "../../web/dom.js";

/** @import { DisplaySettings, Draft, DraftKey, PreferenceValues, QueueChoice, SessionView } from "../../web/types.js" */

const DRAFT = "podcast:draft:";
const PREFERENCES = "podcast:preferences";
const KEYS = "podcast:keys";
const QUEUE = "podcast:queue:";
const THRESHOLD = "podcast:threshold:";
const TAB = "podcast:tab";
const KEEP_MS = 30 * 24 * 3600 * 1000;

/** @param {Storage} storage @param {string} key */
function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null; // storage is switched off, or holds something else
  }
}

/** @param {Storage} storage @param {string} key @param {unknown} value */
function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // storage is switched off or full: the work is still on screen
  }
}

// A draft belongs to the revision it started from: what another person submits meanwhile is never overlaid.
/** @param {DraftKey} view */
const draftKey = (view) => `${DRAFT}${view.round_id}:${view.session_id}:${view.submission?.revision ?? 0}`;

/** @param {DraftKey} view */
export const findDraft = (view) => read(localStorage, draftKey(view));
/** @param {DraftKey} view @param {Draft} draft */
export const saveDraft = (view, draft) => write(localStorage, draftKey(view), { ...draft, saved_at: Date.now() });

/** @param {DraftKey} view */
export function dropDraft(view) {
  try {
    localStorage.removeItem(draftKey(view));
  } catch {
    /* storage is switched off: there is none */
  }
}

/**
 * What was left unsaved on an earlier revision of a session, the newest of it: {draft, view}, or null.
 * @param {SessionView} view
 */
export function findOlderDraft(view) {
  const start = draftKey({ ...view, submission: { revision: "" } });
  const now = view.submission?.revision ?? 0;
  try {
    const revisions = Object.keys(localStorage)
      .filter((key) => key.startsWith(start))
      .map((key) => Number(key.slice(start.length)));
    const revision = Math.max(...revisions.filter((each) => each < now));
    if (!Number.isFinite(revision)) return null;
    const older = { ...view, submission: { revision } };
    const draft = findDraft(older);
    return draft?.boxes ? { draft, view: older } : null;
  } catch {
    return null; // storage is switched off: there is none
  }
}

/** Forget drafts that nobody came back to. */
export function dropOldDrafts() {
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(DRAFT))) {
      if (!(read(localStorage, key)?.saved_at > Date.now() - KEEP_MS)) localStorage.removeItem(key);
    }
  } catch {
    /* storage is switched off: there are none */
  }
}

const LOOK = "podcast:picture:";

/**
 * What this person has changed about the pictures of a round.
 * @param {string} roundId
 */
export const readLook = (roundId) => ({ ...read(localStorage, LOOK + roundId) });
/** @param {string} roundId @param {Partial<DisplaySettings>} look */
export const saveLook = (roundId, look) => write(localStorage, LOOK + roundId, look);

const RECENT = "podcast:labels:";

/**
 * The labels of a round that this person has used last, the newest first.
 * @param {string} roundId
 */
export function readRecent(roundId) {
  const names = read(localStorage, RECENT + roundId);
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}
/** @param {string} roundId @param {string[]} names */
export const saveRecent = (roundId, names) => write(localStorage, RECENT + roundId, names);

/** @type {PreferenceValues} */
const DEFAULTS = { volume: 1, tableOpen: false, sideOpen: null };

/** What this person prefers in every round. */
export class Preferences {
  now = { ...DEFAULTS, ...read(localStorage, PREFERENCES) };

  /** @param {Partial<PreferenceValues>} changes */
  remember(changes) {
    this.now = { ...this.now, ...changes };
    write(localStorage, PREFERENCES, this.now);
  }
}

/**
 * Order and filters of a round's queue, see queue_choice.js; null: none.
 * @param {string} roundId
 */
export const readQueueChoice = (roundId) => read(localStorage, QUEUE + roundId);
/** @param {string} roundId @param {QueueChoice | null} choice */
export const saveQueueChoice = (roundId, choice) => write(localStorage, QUEUE + roundId, choice);

/**
 * Below which score somebody hides a round's predictions; null: as the round says.
 * @param {string} roundId
 */
export const readThreshold = (roundId) => read(localStorage, THRESHOLD + roundId);
/** @param {string} roundId @param {number} score */
export const saveThreshold = (roundId, score) => write(localStorage, THRESHOLD + roundId, score);

/** The person's own keys, {action: chord}. */
export const readKeys = () => read(localStorage, KEYS) ?? {};
/** @param {Record<string, string>} keys */
export const saveKeys = (keys) => write(localStorage, KEYS, keys);

// A duplicated tab inherits sessionStorage, and with it the name; the lock tells the two apart.
/** @param {string} name */
function holdAlone(name) {
  if (!navigator.locks) return Promise.resolve(true); // plain http: no locks
  return new Promise((resolve) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {}); // held as long as the page lives
    });
  });
}

/** @type {Promise<string> | null} */
let tab = null;

/** The name of this browser tab, which survives a reload: the holder of its claims. */
export function tabName() {
  tab ??= (async () => {
    let name = read(sessionStorage, TAB);
    if (typeof name !== "string" || !(await holdAlone(`podcast:${name}`))) {
      name = uuid();
      await holdAlone(`podcast:${name}`);
    }
    write(sessionStorage, TAB, name);
    return name;
  })();
  return tab;
}

/** The names of the tabs that are open now (plain http cannot tell: none). */
export async function livingTabs() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.map((lock) => lock.name.replace(/^podcast:/, "")));
}
