// The nouns of the pages' JavaScript. What comes from the server is named by its route and has the server's own types:
// wire.d.ts is made from its OpenAPI document by `make check`.

import type { Answers, Bodies } from "./wire.js";

// From the server -----------------------------------------------------------------------------------------------------

type OneSession = Answers["GET /rounds/{round_id}/sessions/{session_id}"];
export type Label = Answers["GET /rounds/{round_id}/labels"]["labels"][number] & { color: string };
/** A session as it is shown; the browser adds the labels of its round, which come once. */
export type SessionView = OneSession & { labels: Label[] };
export type Prediction = SessionView["predictions"][number];
export type Region = SessionView["regions"][number];
export type Submission = NonNullable<SessionView["submission"]>;
export type Outcome = Submission["outcome"];
export type Claimed = Answers["POST /rounds/{round_id}/claims"] & { sessions: SessionView[] };
export type ClaimRequest = Bodies["POST /rounds/{round_id}/claims"];
export type Progress = Claimed["progress"];
export type SubmissionBody = Bodies["POST /rounds/{round_id}/sessions/{session_id}/submissions"];
export type SubmissionAnswer = Answers["POST /rounds/{round_id}/sessions/{session_id}/submissions"];
export type ReviewBody = Bodies["POST /rounds/{round_id}/sessions/{session_id}/reviews"];
export type Verdict = ReviewBody["verdict"];
export type FillInBody = Bodies["POST /rounds/{round_id}/sessions/{session_id}/fill-ins"];
export type Job = Answers["GET /jobs/{job_id}"];
export type Candidates = Answers["GET /rounds/{round_id}/predictions"];
export type Candidate = Candidates["items"][number];
export type QueueOptions = Answers["GET /rounds/{round_id}/queue"];
export type VerdictsBody = Bodies["POST /rounds/{round_id}/verdicts"];
export type VerdictsAnswer = Answers["POST /rounds/{round_id}/verdicts"];
export type Clip = Answers["GET /collections/{collection_id}/clips"]["items"][number];
export type MapShape = Answers["GET /collections/{collection_id}/maps"]["items"][number];
export type KeptClassifier = Answers["GET /collections/{collection_id}/classifiers"]["items"][number];
export type Learnt = Answers["POST /collections/{collection_id}/classifiers"];
export type Density = Answers["POST /collections/{collection_id}/classifiers/{classifier_id}/density"];
export type Found = Answers["POST /collections/{collection_id}/search"];
export type Hit = Found["hits"][number];
export type FoundRule = Answers["POST /collections/{collection_id}/rules"]["items"][number];
export type Stratum = Answers["POST /collections/{collection_id}/strata"]["items"][number];
export type SubsetCounts = Answers["GET /collections/{collection_id}/subsets"];
export type Margin = Answers["GET /collections/{collection_id}/margin"];
export type BulkBody = Bodies["POST /collections/{collection_id}/bulk"];
export type BulkAct = Answers["GET /rounds/{round_id}/bulk"]["items"][number];
export type SheetRows = Answers["GET /sheets/{sheet_id}/rows"];
export type SheetRow = SheetRows["items"][number];

/** What a picture shows: the JSON of its header `x-picture`. */
export interface PictureInfo {
  scale: ScaleName;
  start_s: number;
  end_s: number;
  low_hz: number;
  high_hz: number;
  width_px: number;
  denoise: "none" | "median" | "pcen";
  floor_db: number;
  ceiling_db: number;
  grey_floor_db: number;
  grey_ceiling_db: number;
  /** Of the picture of a clip: where in it the clip is. */
  clip?: Span;
}

// Time, frequency and pictures ----------------------------------------------------------------------------------------

export type ScaleName = "linear" | "mel" | "log" | "constant-q";
export type Range = [low: number, high: number];
/** A part of a session: what exists (limits), or what is on screen (a view). */
export interface Part {
  t0: number;
  t1: number;
  f0: number;
  f1: number;
}
export type Times = Pick<Part, "t0" | "t1">;
export type Band = Pick<Part, "f0" | "f1">;
/** A stretch of time with or without a band. */
export interface Span {
  start_s: number;
  end_s: number;
  low_hz: number | null;
  high_hz: number | null;
}
/** Seconds and hertz to pixels and back; see axes.js. */
export interface Scales {
  width: number;
  height: number;
  x(t: number): number;
  y(hertz: number): number;
  t(x: number): number;
  f(y: number): number;
  hertzAt(hertz: number): number;
  secondsPerPixel: number;
  hertzPerPixel: number;
}
export interface TimeAxis {
  isFolded: boolean;
  key: string;
  fold(t: number): number;
  unfold(s: number): number;
  hides(span: Pick<Span, "start_s" | "end_s">): boolean;
  pieces(view: Times): Times[];
  cuts(): number[];
  nextCut(t: number, endS: number): { start: number; end: number } | null;
}
/** How a picture is coloured. */
export interface Look {
  colorMap: string;
  brightness: number;
  contrast: number;
  floor_db?: number | null;
  ceiling_db?: number | null;
  floorShift?: number;
  ceilingShift?: number;
}
export type Levels = Pick<PictureInfo, "floor_db" | "ceiling_db" | "grey_floor_db" | "grey_ceiling_db">;
/** How the pictures of a round are shown: all settings. */
export interface DisplaySettings extends Required<Look> {
  scale: ScaleName;
  window: number;
  window_type: string;
  overlap: number;
  low_hz: number | null;
  high_hz: number | null;
  denoise: string;
  time: "all" | "sound";
}
export interface DecodedPicture {
  grey: Uint8Array;
  width: number;
  height: number;
  info: PictureInfo;
}
/** The picture of a whole session, with the outline of its waveform. */
export interface SessionPicture extends DecodedPicture {
  url: string;
  peaks: Int16Array;
}
export interface PicturePart extends Part {
  width: number;
  height: number;
}

// Boxes and the work on a session -------------------------------------------------------------------------------------

export type Mode = "label" | "view" | "review";
export interface Notes {
  comment: string;
  unsure: boolean;
  individual: string;
  call_type: string;
}
export type Place = Span & { label: string };
/** A box on screen. */
export interface Box extends Place, Partial<Notes> {
  id: string;
  score: number | null;
  prediction_id: string | null;
  origin: Region["origin"];
  /** Ticked: judged as right. */
  checked?: boolean;
}
export type BoxPatch = Partial<Box>;
export interface BoxesState {
  boxes: Box[];
  selection: string[];
  selected: string | null;
  past: Box[][];
  future: Box[][];
  tag: string | null;
}
/** What happens to boxes; see boxes_state.js. */
export type Action =
  | { type: "add"; box?: Box; boxes?: Box[]; tag?: string }
  | { type: "change"; id?: string; ids?: string[]; patch: BoxPatch; tag?: string | null }
  | { type: "changeEach"; patches: Record<string, BoxPatch>; tag?: string }
  | { type: "remove"; id?: string; ids?: string[]; tag?: string }
  | { type: "replace"; boxes: Box[]; tag?: string }
  | { type: "select"; id?: string | null; ids?: string[]; tag?: string }
  | { type: "toggle"; id: string; tag?: string }
  | { type: "clear" | "settle" | "undo" | "redo"; tag?: string };
/** What a fill-in took off the screen, and what it brought: ids of predictions. */
export interface Fill {
  replaced: string[];
  added: string[];
}
export type Area = Pick<Span, "start_s" | "end_s">;
export interface Draft {
  boxes?: Box[];
  comment?: string;
  startedAt?: string;
  sent?: Sent;
  active_s?: number;
  changes?: number;
  offered?: string[];
  fills?: Fill[];
  saved_at?: number;
}
/** What went out already, and under which id. */
export type Sent = Partial<Record<"submission" | "review", { id: string; text: string }>>;
export interface Work {
  mode: Mode;
  state: BoxesState;
  opened: Box[];
  threshold: number;
  comment: string;
  openedComment: string;
  startedAt: string;
  sent: Sent;
  restored: boolean;
  activity: import("../editor/model/activity.js").Activity;
  changes: number;
  offered: string[];
  fills: Fill[];
}
export interface Who {
  holder: string;
  annotator: string;
}
/** What keeps a session's drafts apart. */
export interface DraftKey {
  round_id: string;
  session_id: string;
  submission: { revision: number | string } | null;
}

/** A session as it was left. */
export interface Left {
  work: Work;
  editable: boolean;
  screen: Part;
}
export interface Assets {
  picture: SessionPicture | null;
  sound: HTMLAudioElement | null;
}
export interface Button {
  label: string;
  action: string;
  sessionId?: string;
}
export interface Notice {
  text: string;
  button: Button | null;
  about: string | null;
}
/** Why there is no session on screen. */
export interface Face {
  kind: string;
  message?: string;
  title?: string;
  retry?: () => void;
}
/** An answer on its way; what does not outlive the page is for the editor that made it. */
export interface Entry {
  kind: "submission" | "review";
  id: string;
  owner: string;
  roundId: string;
  sessionId: string;
  revision: number;
  body: SubmissionBody & ReviewBody;
  keep?: Draft | null;
  view?: SessionView;
  work?: Work;
  editable?: boolean;
  screen?: Part;
  said?: string;
  state: "new" | "sending" | "failed" | "refused";
  tries: number;
  due: number;
  error?: Error;
  calledBack?: boolean;
}
export interface Failure {
  message: string;
  wait: number | null;
  entry: Entry | null;
  outcome: string;
}
/** What a choice of order and filters says; "" lets everything through. */
export interface QueueChoice {
  order: string;
  site: string;
  label: string;
  date_from: string;
  date_to: string;
}
export interface Preferences {
  volume: number;
  tableOpen: boolean;
  sideOpen: boolean | null;
  sound?: SoundSettings;
  verifyOrder?: string;
  gridOrder?: string;
  gridSize?: number;
  gridHover?: boolean;
}

// Sound ---------------------------------------------------------------------------------------------------------------

export interface SoundSettings {
  speed: number;
  keepPitch: boolean;
  bandPass: boolean;
  heterodyne: boolean;
  carrierKHz: number;
}
export interface SoundPlan {
  url: string | null;
  expansion: number;
  rate: number;
  preservesPitch: boolean;
}
export interface HeardBand {
  low: number;
  high: number;
}

// Keys ----------------------------------------------------------------------------------------------------------------

export interface Shortcut {
  chords?: string[];
  action?: string;
  keys: string;
  text: string;
  group: string;
  modes: Mode[];
  repeats?: boolean;
}
export interface ModeKey {
  chords: string[];
  action: string;
  repeats?: boolean;
}

// Explore -------------------------------------------------------------------------------------------------------------

/** What is known of every clip. */
export interface Column {
  name: string;
  kind: "category" | "number";
  /** What the values of a category column stand for; "" is none. */
  categories?: string[];
  colors?: (string | null)[];
  /** One for each clip; NaN is none. */
  values: Values;
  /** Its categories are labels, made here. */
  isLabels?: boolean;
}
export type CategoryColumn = Column & { kind: "category"; categories: string[] };
export type Values = Uint8Array | Uint16Array | Uint32Array | Float32Array;
/** A binary answer of the server. */
export interface Binary {
  header: { dtype: string; shape: number[]; kind: Column["kind"]; categories: string[]; colors?: (string | null)[] };
  values: Values;
}
export type Point = [x: number, y: number];
export type SelectionMode = "none" | "union" | "intersection" | "difference";
export type How = NonNullable<BulkBody["how"]>;
/** A stretch of a session to search by. */
export interface Stretch {
  session_id: string;
  start_s: number;
  end_s: number;
  title: string;
}
/** A panel beside the map; see panels/index.js. */
export interface ExplorePanel {
  title: string;
  element: HTMLElement;
  update(): void;
  findStretch?(stretch: Omit<Stretch, "title">): void;
}

// The page ------------------------------------------------------------------------------------------------------------

/** What Streamlit hands to a component. */
export interface Component<Data> {
  parentElement: HTMLElement;
  data: Data;
  setTriggerValue(name: string, value: unknown): void;
}
/**
 * Elements by the names that a class gives them. They are of many kinds, and which one has which name is seen where
 * they are made, a few lines away: typing them twice would only repeat that.
 */
export type Parts = Record<string, any>;
