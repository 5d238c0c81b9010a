// The nouns of the pages' JavaScript. What comes from the server is named by its route and has the server's own types:
// wire.d.ts is made from its OpenAPI document by `make check`.

import type { Answers, Bodies } from "./wire.js";

// From the server -----------------------------------------------------------------------------------------------------

export type OneSession = Answers["GET /rounds/{round_id}/sessions/{session_id}"];
export type Label = Answers["GET /rounds/{round_id}/labels"]["labels"][number] & { color: string };
/** A session as it is shown; the browser adds the labels of its round, which come once. */
export type SessionView = OneSession & { labels: Label[]; consensus?: Consensus };
/** What several people say about a session, where somebody decides between them. */
export type Consensus = Answers["GET /rounds/{round_id}/sessions/{session_id}/consensus"];
export type SideBox = Consensus["sides"][number]["boxes"][number];
/** A box that is shown for comparison only: a prediction, or somebody's. */
export type Ghost = Span & { label: string; color: string; name: string; tag: string; inset: number; isNow?: boolean };
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
export type ExampleBody = Bodies["POST /rounds/{round_id}/examples"];
export type Measurement = Answers["GET /measurements"][number];
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
export type SubsetName = "raw" | "train" | "dev" | "test";
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
/** [low, high] */
export type Range = number[];
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

export type Mode = "label" | "view" | "review" | "adjudicate";
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
export interface PreferenceValues {
  volume: number;
  tableOpen: boolean;
  sideOpen: boolean | null;
  sound?: SoundSettings;
  verifyOrder?: string;
  gridOrder?: string;
  gridSize?: number;
  gridHover?: boolean;
}

/** A copy of a box; times count from the start of the first one that was copied. */
export interface Copied extends Partial<Notes> {
  offset_s: number;
  length_s: number;
  low_hz: number | null;
  high_hz: number | null;
  label: string;
}
/** A session that this tab holds. */
export interface Held {
  view: SessionView;
  assets: Promise<Assets> | null;
  loaded: Assets | null;
}
/** Who hears what becomes of answers. */
export interface OutboxHost {
  kept(entry: Entry, answer: any): void;
  failed(entry: Entry, error: Error, wait: number | null): void;
}
export interface DeliveryParts {
  outbox: import("../editor/network/outbox.js").Outbox;
  queue: import("../editor/network/session_queue.js").Queue;
  tell(event: string, value: unknown): void;
  screen(): Part;
  who(): Who;
  roundId: string;
}
export interface WorkflowParts extends DeliveryParts {
  mode: Mode;
  api: import("../editor/network/api.js").Api;
  show(view: SessionView, assets: Assets, screen: Part | null): Promise<void>;
  changed(): void;
  url: Record<"push" | "replace", (id: string) => void>;
  reviews?: import("../editor/session/review_queue.js").ReviewQueue | null;
  signal: AbortSignal;
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
export interface PlayerHost {
  changed(): void;
  say(text: string): void;
  resolve(path: string): string;
  nextCut(time: number, end: number): { start: number; end: number } | null;
}
/** What is heard when it is played now. */
export interface Heard {
  settings: SoundSettings;
  view: SessionView | null;
  box: Box | null;
  shown: HeardBand;
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
export type Values = Uint8Array<any> | Uint16Array<any> | Uint32Array<any> | Float32Array<any>;
/** A binary answer of the server. */
export interface Binary {
  header: { dtype: string; shape: number[]; kind: Column["kind"]; categories: string[]; colors?: (string | null)[] };
  values: Values;
}
/** [x, y] */
export type Point = number[];
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

export type IsCounted = (number: number) => boolean;
/** A clip to hear next, and why. */
export interface Asked {
  number: number;
  strategy: string;
}
export interface MapHost {
  choose(numbers: Iterable<number>, how: { mode?: SelectionMode; how?: How }): void;
  hover(number: number): void;
  leave(): void;
  look(): Record<"paper" | "ring" | "faint", number>;
  hasSelection(): boolean;
  moved(): void;
}
export interface MapDrag {
  kind: string;
  from: Point;
  mode?: SelectionMode;
  isClick?: boolean;
}
export interface ClipCardHost {
  place(number: number): Point;
  size(): number[];
  changed(): void;
  describe(row: Clip): Node[];
}
export interface LegendHost {
  filter(name: string, passes: Uint8Array | null): void;
  isCounted: IsCounted;
  title(name: string): string;
  changed(): void;
}
export interface ExplorerData {
  round_id: string;
  collection_id: string;
  clip_count: number;
  unit: string;
  annotator: string;
  find: Omit<Stretch, "title"> | null;
}

// The parts of the editor, and what they need of it ---------------------------------------------------------------------

export interface EditorData {
  mode: Mode;
  round_id: string;
  session_id: string | null;
  annotator: string;
  plotly_url: string;
  queue?: string;
  moves?: number;
  blind?: boolean;
  can_review?: boolean;
}
/** Where a session is in a reviewer's queue, and why its answer cannot be accepted. */
export interface ReviewPlace {
  previous_id: string | null;
  next_ids: string[];
  obstacle: string;
}
export interface StagePlace {
  x: number;
  y: number;
  t: number;
  f: number;
}
/** What is being dragged: a new box, changed boxes, or a frame that selects what it touches. */
export interface Shape {
  drawn?: Span;
  changed?: Box[];
  frame?: Span;
}
export interface Drag {
  kind: string;
  from: StagePlace;
  hits: Box[];
  many: boolean;
  moved: boolean;
  view?: Part;
  handle?: string;
  box?: Box;
  group?: Box[];
  shape?: Shape;
  thin?: boolean;
}
export interface GestureHost {
  boxes(): Box[];
  selected(): string | null;
  selection(): string[];
  editable(): boolean;
  continuous(): boolean;
  leastS(): number;
  select(ids: string[]): void;
  toggle(id: string): void;
  seek(t: number): void;
  play(box: Box): void;
  takeKeyboard(): void;
  hover(place: StagePlace | null): void;
  live(shape: Shape | null): void;
  commit(shape: Shape): void;
}
export interface BoxHost {
  dispatch(action: Action): void;
  box(id: string): Box | undefined;
  selection(): string[];
  limits(): Part;
  say(text: string): void;
  redraw(): void;
  recent(): string[];
  pick(field: HTMLElement): void;
  canReview(): boolean;
  api(): import("../editor/network/api.js").Api;
}
export interface DrawnBoxes {
  boxes: Box[];
  selection: string[];
  view: SessionView;
  editable: boolean;
}
export interface PixelArea {
  x: number;
  y: number;
  width: number;
  height: number;
}
export type BoxNodes = Record<"group" | "shade" | "hatch" | "rect" | "text" | "title", SVGElement>;
export type NumberField = "start_s" | "end_s" | "low_hz" | "high_hz";
/** A row of the table of boxes, and what it was filled with. */
export interface Row {
  id: string | null;
  filled: Partial<{ box: Box; index: number; view: SessionView; editable: boolean; options: string }>;
  chosen: boolean;
  options?: string;
  row: HTMLElement;
  tick: HTMLInputElement;
  inputs: HTMLInputElement[];
  label: HTMLSelectElement;
  remove: HTMLButtonElement;
  length: HTMLElement;
  score: HTMLElement;
  marks: HTMLElement;
  origin: HTMLElement;
}
export interface FillJob {
  id: string | null;
  sessionId: string;
  areas: Area[];
  done: number;
  total: number;
  next: string;
}
export interface LabelLook {
  color: string;
  pattern: number;
}
export interface LabelHost {
  keymap: import("../editor/input/personal_keys.js").Keymap;
  view(): SessionView | null;
  selected(): Box | null;
  label(): string | null;
  canEdit(): boolean;
  judging(): { relabel(label: string): boolean } | null;
  setLabel(name: string): string[] | null;
  say(text: string, button: Button | null): void;
  take(): void;
}
export interface Link {
  label: string;
  href: string;
}
export interface PeaksPart extends Times {
  peaks: Int16Array;
  whole: Int16Array;
}
export type FetchPeaks = (part: Times & { width: number }, signal: AbortSignal) => Promise<Int16Array>;
export interface OverviewDrag {
  kind: string;
  from: number;
  view: Part;
  x: number;
}
export interface PanelState {
  workflow: import("../editor/session/workflow.js").Workflow;
  player: import("../editor/sound/player.js").Player;
  order?: string;
  held: boolean;
  showPredictions: boolean;
  showAnswer: boolean;
  zoomed: boolean;
}
export interface LookHost {
  stage: import("../editor/view/stage.js").Stage;
  view(): SessionView | null;
  boxes(): Box[];
  say(text: string): void;
  refresh(): void;
}
export interface LookMenuHost {
  settings(): DisplaySettings;
  info(): PictureInfo | null;
  view(): SessionView | null;
  say(text: string): void;
  recolour(changes: Partial<DisplaySettings>): void;
  refetch(changes: Partial<DisplaySettings>): void;
  retime(time: "all" | "sound"): void;
  reset(): void;
}
/** Plotly's figure of a session's axes. */
export type Figure = { data: unknown[]; layout: Record<string, any> };
export interface SoundHost {
  player: import("../editor/sound/player.js").Player;
  keymap: import("../editor/input/personal_keys.js").Keymap;
  look(): { view: SessionView | null; box: Box | null; shown: boolean };
  upcoming(): SessionView[];
  setVolume(volume: number): void;
  remember(settings: SoundSettings): void;
}
/** How predictions are judged in a way to work. */
export interface WayToWork {
  active: boolean;
  enter(): void;
  leave(): void;
}
interface ModeHost {
  workflow: import("../editor/session/workflow.js").Workflow;
  player: import("../editor/sound/player.js").Player;
  preferences: import("../editor/network/browser_storage.js").Preferences;
  label(): string;
}
export interface VerifyHost extends ModeHost {
  stage: import("../editor/view/stage.js").Stage;
  settle(): void;
  changed(): void;
}
export interface GridHost extends ModeHost {
  api: import("../editor/network/api.js").Api;
  roundId: string;
  who(): Who;
  look(): DisplaySettings;
  resolve(path: string): string;
  open(sessionId: string): unknown;
  tell(event: string, value: unknown): void;
}
export type Mark = "yes" | "no" | "unsure";
/** [id, mark] */
export type MarkPair = any[];
export interface SentVerdicts {
  id: string;
  items: VerdictsBody["items"];
  done: string;
  undo: Candidate[] | null;
  marks?: MarkPair[];
}
export type Rectangle = Record<"left" | "top" | "right" | "bottom", number>;
export interface LassoHost {
  moved(area: Rectangle | null): void;
  drawn(area: Rectangle): void;
  clicked(target: any, event: PointerEvent): void;
}
/** What was on screen before the verdict that finished a session. */
export interface VerifiedLast {
  sessionId: string;
  boxes: Box[];
  scope: Set<string>;
}
export interface Choice {
  value: string;
  label: string;
  proposed?: boolean;
}
/** A layer over the picture: what a model run found, or people. */
export interface RunLayer {
  id: string;
  name: string;
  color: string;
  threshold: number;
  floor: number | null;
  boxes: [start: number, end: number, low: number | null, high: number | null, label: string, score: number][];
  /** The threshold that Python sent. */
  first?: number;
  hidden?: boolean;
}
export interface LayersData {
  round_id: string;
  session_id: string;
  layers: RunLayer[];
}
// Boxes on Review ------------------------------------------------------------------------------------------------------

export type BoxPart = Omit<Answers["GET /rounds/{round_id}/boxes"], "items"> & { items: GridBox[] };
/** A box that is shown as a thumbnail, and what became of it on this page. */
export type GridBox = Answers["GET /rounds/{round_id}/boxes"]["items"][number] & { fate?: "relabelled" | "removed" };
export type BoxCorrections = Answers["POST /rounds/{round_id}/boxes/corrections"];
export type SeenBox = Bodies["POST /rounds/{round_id}/boxes/corrections"]["boxes"][number];
export type Judged = Answers["POST /rounds/{round_id}/reviews/bulk"];
export interface GridLabel {
  name: string;
  color: string;
  hotkey: string;
}
export interface GridData {
  round_id: string;
  query: string;
  labels: GridLabel[];
  annotator: string;
  blind: boolean;
  can_review: boolean;
}

export interface SheetData {
  sheet_id: string;
  query: Record<string, string>;
  labels: string[];
}

/** A box on live sound: a model's call (`score`) or a mark. Times are seconds since 1970. */
export interface LiveFinding {
  id: string;
  started_at: number;
  ended_at: number;
  label: string;
  low_hz: number | null;
  high_hz: number | null;
  score: number | null;
}

/** A block of live sound; `findings` and `round_id` are there when they changed. */
export interface LiveBlock {
  first: number;
  at: number;
  count: number;
  rate_hz: number;
  channels: number;
  missing_s: number;
  samples: Int16Array;
  findings?: LiveFinding[];
  round_id?: string | null;
}

export interface LiveLook {
  scale: ScaleName;
  window: number;
  channel: number;
  seconds: number;
  lowHz: number;
  highHz: number | null;
  floorDb: number;
  ceilingDb: number;
  colorMap: string;
}

export interface LiveData {
  feed_id: string;
  channel_count: number;
  labels: Record<string, { name: string; hotkey: string | null }[]>;
  person: string;
  can_mark: boolean;
}

/** What keys and buttons do, by the name of the action: false when there is nothing to do, so that the key stays free. */
export type Actions = Record<
  string,
  (editor: import("../editor/editor.js").Editor, event: any, target: any) => unknown
>;
export interface Banner {
  tone: string;
  text: string;
  actions?: Button[];
  links?: Link[];
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
type On<Kind extends Event, Node> = (event: Kind & { target: Node; currentTarget: Node }) => unknown;
/** What an element is made with: attributes, its value, and what listens to it. */
export interface Props<Node = Element> {
  onclick?: On<MouseEvent, Node>;
  ondblclick?: On<MouseEvent, Node>;
  oninput?: On<InputEvent, Node>;
  onchange?: On<Event, Node>;
  onblur?: On<FocusEvent, Node>;
  onkeydown?: On<KeyboardEvent, Node>;
  onpointerenter?: On<PointerEvent, Node>;
  onpointerleave?: On<PointerEvent, Node>;
  [attribute: string]: unknown;
}
export type Child = Node | string | null | undefined;
