// Icons as 16 x 16 line drawings: no icon font, nothing to download.

/** @type {Record<string, string>} */
const PATHS = {
  play: "M5 3.2v9.6l7.5-4.8z",
  pause: "M5 3.5v9M11 3.5v9",
  loop: "M3 7V6a2 2 0 0 1 2-2h7m0 0L9.8 1.8M12 4 9.8 6.2M13 9v1a2 2 0 0 1-2 2H4m0 0 2.2-2.2M4 12l2.2 2.2",
  sound: "M2.5 6v4H5l3.5 3V3L5 6zM11 6a3 3 0 0 1 0 4M12.8 4a6 6 0 0 1 0 8",
  undo: "M6 4 3 7l3 3M3 7h6a3.5 3.5 0 0 1 0 7H7",
  redo: "m10 4 3 3-3 3M13 7H7a3.5 3.5 0 0 0 0 7h2",
  pencil: "m3 13 .7-3L10.5 3.2a1.2 1.2 0 0 1 1.7 0l.6.6a1.2 1.2 0 0 1 0 1.7L6 12.3z",
  filter: "M2.5 3.5h11L9.5 8.5v4l-3 1v-5z",
  trash: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5 5 13h6l.5-8.5",
  zoomIn: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4 14 14M5 7h4M7 5v4",
  zoomOut: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4 14 14M5 7h4",
  zoomReset: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  picture: "M3 4.5h6M12 4.5h1M3 11.5h1M7 11.5h6M10.5 3v3M5.5 10v3",
  keyboard: "M2 4.5h12v7H2zM4.5 7h.1M7 7h.1M9.5 7h.1M12 7h.1M5.5 9.5h5",
  fill: "M3 13 10 6m1.5-1.5L13 3M10 2.2v2M14 6h-2M6 3.2v2M5 4.2h2M12.5 10v2M11.5 11h2",
  layers: "M8 2.5 14 6l-6 3.5L2 6zM3 9l5 3 5-3",
  person: "M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3.5 13.5a4.5 4.5 0 0 1 9 0",
  previous: "M10 3.5 5.5 8l4.5 4.5",
  next: "M6 3.5 10.5 8 6 12.5",
  queue: "M2.5 4h6M2.5 8h4.5M2.5 12h3M11.5 3v10m0 0 2.5-2.7M11.5 13 9 10.3",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4 14 14",
  close: "m4 4 8 8M12 4l-8 8",
};

/**
 * The markup of an icon; `solid` ones are filled.
 * @param {string} name
 */
export function icon(name) {
  const kind = name === "play" ? "icon solid" : "icon";
  return `<svg class="${kind}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`;
}
