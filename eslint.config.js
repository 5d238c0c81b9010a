// How the pages' JavaScript is checked, beside its types (tsconfig.json) and its layout (Prettier).

import js from "@eslint/js";
import globals from "globals";

// A folder imports from those before it, never from those after it.
const LAYERS = {
  editor: ["model", "sound", "input", "network", "session", "view", "modes"],
  explore: ["model", "sound", "network", "map", "view", "panels"],
};
const COMPONENTS = ["editor", "explore", "live", "review_grid", "run_layers", "sheet"]; // share nothing but web/

const forbid = (group, message) => ({ "no-restricted-imports": ["error", { patterns: [{ group, message }] }] });

const layers = Object.entries(LAYERS).flatMap(([component, folders]) =>
  folders.map((folder, at) => ({
    files: [`pages/shared/${component}/${folder}/**/*.js`],
    rules: forbid(
      [...folders.slice(at + 1).map((later) => `../${later}/*`), "../*.js", ...COMPONENTS.map((name) => `../../${name}/*`)],
      `${folder}/ comes before what it imports here: see the order in eslint.config.js.`,
    ),
  })),
);

export default [
  js.configs.recommended,
  {
    files: ["pages/**/*.js"],
    languageOptions: { globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", 400],
      "no-implicit-coercion": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "prefer-template": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.object.name='Object'][callee.property.name='assign'] > ThisExpression.arguments",
          message: "Declare the fields of a class, and set each one.",
        },
      ],
    },
  },
  {
    files: ["pages/shared/web/**/*.js"],
    rules: forbid(
      COMPONENTS.map((name) => `../${name}/*`),
      "web/ knows no component.",
    ),
  },
  ...COMPONENTS.map((component) => ({
    files: [`pages/shared/${component}/*.js`],
    rules: forbid(
      COMPONENTS.filter((name) => name !== component).map((name) => `../${name}/*`),
      "Components share nothing but web/.",
    ),
  })),
  ...layers,
  {
    files: ["pages/shared/explore/sound/microphone_tap.js"],
    languageOptions: { globals: globals.audioWorklet },
  },
];
