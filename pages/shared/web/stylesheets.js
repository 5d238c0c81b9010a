// Stylesheets of a part of the page: nothing of it is seen before they are here, for it would be seen half built.

import { el } from "./dom.js";

const THEME = new URL("theme.css", import.meta.url).href; // comes first
const TRIES = 3; // a request may be lost
const BASE = "[hidden] { display: none !important; }"; // whatever else comes, or does not

/**
 * Load stylesheets, those later in the list weigh more; resolves when all are in force, or do not come at all.
 * @param {Element} place
 * @param {HTMLElement} root
 * @param {string[]} own
 */
export async function loadStyles(place, root, own) {
  const urls = [THEME, ...own];
  root.style.visibility = "hidden";
  const links = urls.map(() => el("link", { rel: "stylesheet" }));
  place.prepend(...links, el("style", {}, BASE));
  await Promise.all(links.map((link, index) => load(link, urls[index])));
  root.style.visibility = "";
}

/** @param {HTMLLinkElement} link @param {string} url */
async function load(link, url) {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const came = new Promise((resolve) => {
      link.onload = () => resolve(true);
      link.onerror = () => resolve(false);
    });
    link.href = tried === 1 ? url : `${url}?try=${tried}`; // the same address would not be asked for again
    if (await came) return;
  }
}
