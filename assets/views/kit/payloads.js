// The data that views get, as types for readers and for the type checker. Nothing is imported from here at run time.

/**
 * Half-open range of pieces.
 * @typedef {[from: number, to: number]} Span
 */

/**
 * @typedef {"encoder_self" | "decoder_self" | "cross"} Kind
 */

/**
 * What is added to a packed Trace for one visitor (core/export/packed.py, `with_view`).
 * @typedef {object} Visit
 * @property {string} language
 * @property {string} [theme] "light", "dark" or "auto"
 * @property {boolean} [page] whether this is the offline page
 * @property {[opening: number, presenting: boolean]} [present] whether the view fills the window, asked anew by each opening of a lecture's state
 * @property {unknown} [state] what is shown at first, complete or not
 * @property {string[]} [acts] the actions that the app around the view performs: "force", "ablate"
 * @property {number} [shown] where it is new, `state` is shown
 */

/**
 * The header of a packed Trace (core/export/packed.py, `pack`). S source pieces, T output pieces.
 * @typedef {Visit & {
 *   id: string,
 *   deflate: boolean,
 *   source: string[],
 *   output: string[],
 *   input: string[],
 *   source_words: Span[],
 *   output_words: Span[],
 *   source_specials: number[],
 *   output_specials: number[],
 *   input_specials?: number[],
 *   unknown: number[],
 *   languages: [source: string, target: string],
 *   typed: string,
 *   text: string,
 *   strategy: string,
 *   layers: [encoder_self: number, decoder_self: number, cross: number],
 *   only?: number[],
 *   heads: number,
 *   causal: boolean,
 *   change: Record<string, any>,
 *   chosen: number[],
 *   candidates: [labels: string[], probabilities: number[], pieces?: string[]][],
 *   bytes?: boolean,
 *   spelled?: {source: Record<number, string>, output: Record<number, string>, characters: string[]},
 *   texts?: {source: string[], output: string[], input: string[]},
 * }} TraceHeader
 */

/**
 * What the attention view shows (pages/ui/stage_state.py). All counts begin at 0.
 * @typedef {object} StageState
 * @property {Kind} kind
 * @property {number} layer
 * @property {number[] | "average"} heads
 * @property {number} step
 * @property {string[]} pinned "r3": row 3, "c3": column 3, by position of a piece
 * @property {boolean} merged pieces shown as whole words
 * @property {boolean} hidden specials left out
 * @property {number} threshold percent of each row's weight that is drawn as lines
 * @property {"map" | "lines" | "table"} view
 * @property {boolean} guess the next piece and its weights are hidden until somebody reveals them
 */

/**
 * A Trace as the attention view shows it.
 * @typedef {{header: TraceHeader, weights: import("./trace.js").Weights, state: StageState}} Shown
 */

/**
 * A packed Trace whose encoder's heads are drawn as lines (pages/heads/together.py).
 * @typedef {TraceHeader & {state: {layer: number, heads: number[], word: number}}} FanHeader
 */

/**
 * One side of a pair (pages/ui/pair.py).
 * @typedef {object} PairSide
 * @property {string} name
 * @property {number[]} masked source pieces that nobody may attend to in this run
 * @property {[kind: Kind, layer: number, head: number, how: "zero" | "uniform"][]} ablated
 */

/**
 * The header of a pair; behind it stand both packed Traces, one after the other.
 * @typedef {Visit & {
 *   id: string,
 *   lengths: [a: number, b: number],
 *   sides: [a: PairSide, b: PairSide],
 *   difference: boolean,
 *   rollout?: boolean,
 *   ablation?: boolean,
 * }} PairHeader
 */

/**
 * The header of one head's numbers (pages/inside/view.py); behind it float32 numbers: q (R, d), k, v (K, d), output (R, d),
 * and scores, scaled, masked, weights, trace (R, K).
 * @typedef {Visit & {
 *   id: string,
 *   rows: string[],
 *   keys: string[],
 *   row_words: Span[],
 *   row_specials: number[],
 *   key_specials: number[],
 *   row_side: string,
 *   key_side: string,
 *   predicts: string[] | null,
 *   pieces: string,
 *   d_k: number,
 *   temperature: number,
 *   ablation: "zero" | "uniform" | null,
 *   state: {query: number},
 * }} InsideHeader
 */

/**
 * One matrix of a row of them, or a sign between two (pages/ui/matrices.py).
 * @typedef {object} MatrixItem
 * @property {string} [sign]
 * @property {string} name
 * @property {(number | null)[][] | Float32Array[]} values null where there is none
 * @property {string} [packed] instead of values: float32 numbers in base64, with columns_in_row
 * @property {number} [columns_in_row]
 * @property {string[]} [rows]
 * @property {string[]} [columns]
 * @property {string} [row_group] rows of the same group light up together
 * @property {string} [column_group]
 * @property {"signed" | "weights" | "plain"} scale
 * @property {number} limit
 * @property {number} [digits]
 * @property {string} [caption]
 * @property {string} [tone]
 * @property {string} [row_tone]
 * @property {string} [column_tone]
 * @property {string} [masked_as]
 * @property {boolean} [numbers]
 * @property {boolean} [follows]
 * @property {boolean} [picture]
 * @property {boolean} [narrow]
 * @property {string} [shape]
 * @property {string[][]} [texts]
 * @property {[row: number, column: number][]} [framed]
 * @property {number} [aspect]
 * @property {number} [least]
 */

/**
 * @typedef {Visit & {id: string, items: MatrixItem[], title: string}} MatricesHeader
 */

/**
 * Context vectors and what they are the sums of (pages/why/sums.py); arrays are float32 in base64.
 * @typedef {Visit & {
 *   id: string,
 *   title: string,
 *   symbol: "v" | "h",
 *   keys: string[],
 *   rows: string[],
 *   heads: number,
 *   annotations: string,
 *   weights: string | null,
 *   contexts: string,
 *   first: number,
 *   last: number,
 *   state: {row: number},
 * }} ContextsHeader
 */

/**
 * The scores and values of one head (pages/attention/common.py).
 * @typedef {Visit & {
 *   id: string,
 *   mode: string,
 *   queries: string[],
 *   query_side: string,
 *   predicts: string[] | null,
 *   keys: string[],
 *   key_side: string,
 *   scores: (number | null)[][],
 *   values: number[][],
 *   kept: number[][] | null,
 *   n: number,
 *   state: {query: number},
 * }} LookupHeader
 */

/**
 * A number or a role for each head (pages/ui/headmap.py).
 * @typedef {object} HeadCell
 * @property {number | null} [value]
 * @property {string} text
 * @property {string} [title]
 * @property {string} [role]
 */

/**
 * `columns` and `name`: of parts of a layer that are no heads (pages/block/remove.py).
 * @typedef {Visit & {
 *   id: string,
 *   maps: {kind: string, name?: string, cells: HeadCell[][]}[],
 *   columns?: string[],
 *   title: string,
 *   action: string,
 *   chosen: string[],
 *   scale: "roles" | "diverging" | "sequential",
 *   roles?: [role: string, name: string, meaning: string][],
 *   limit?: number,
 *   unit?: string,
 *   digits?: number,
 *   caption?: string,
 * }} HeadsHeader
 */

/**
 * All heads of one attention (pages/heads/combine.py).
 * @typedef {Visit & {id: string, pieces: string[], word: number, n_heads: number, d_k: number, d_model: number}} LanesHeader
 */

/**
 * The stored example (pages/home/parts.py).
 * @typedef {Visit & {id: string, title: string, source: string[], output: string[], weights: number[][], row: number}} HomeHeader
 */

/**
 * A lecture (pages/lectures/mode.py): the names of its states, and which one is shown; `app`: whether a server opens them.
 * @typedef {Visit & {id: string, title: string, names: string[], at: number, app?: boolean}} SlidesHeader
 */

/**
 * A node of a beam search's tree (pages/beams/tree.py), by position: parent (-1: none), step, piece, log-probability of all
 * so far, probability of this piece, score, rank among the candidates of its step, status, and of a byte its label and text.
 * @typedef {[parent: number, step: number, piece: string, total: number, p: number, score: number, rank: number,
 *   status: "kept" | "pruned" | "finished" | "cut" | "stopped", label?: string, text?: string]} BeamNode
 */

/**
 * A beam search (pages/beams/tree.py).
 * @typedef {Visit & {
 *   id: string,
 *   search: string,
 *   nodes: BeamNode[],
 *   widths: number[],
 *   hypotheses: {node: number, text: string, length: number, total: number, score: number}[],
 *   greedy: {path: number[], pieces: string[], texts?: string[], text: string, total: number, score: number},
 *   alpha: number,
 *   beam_size: number,
 *   parts_at: number | null,
 *   chosen: number | "greedy" | null,
 *   target: string,
 *   stage: string,
 *   bytes?: boolean,
 * }} BeamsHeader
 */

// --- What views make of it

/**
 * The palette of one theme (assets/palette.json).
 * @typedef {typeof import("../../palette.json").light} Palette
 */

/**
 * What all views are given beside their data (core/export/bundle.py).
 * @typedef {{css: string, words: Record<string, any>, terms: Record<string, Record<string, import("./terms.js").Entry>>, palette: Palettes}} Assets
 */

/**
 * The palettes of both themes.
 * @typedef {typeof import("../../palette.json")} Palettes
 */

/**
 * What views draw on: a canvas's context, or a `Recorder` (kit/paper.js), which is paper and draws no images.
 * @typedef {Pick<CanvasRenderingContext2D, "save" | "restore" | "translate" | "rotate" | "beginPath" | "moveTo" | "lineTo" |
 *   "bezierCurveTo" | "arc" | "rect" | "clip" | "setLineDash" | "stroke" | "fill" | "fillRect" | "strokeRect" |
 *   "fillText" | "fillStyle" | "strokeStyle" | "lineWidth" | "globalAlpha" | "font" | "textAlign" | "textBaseline" |
 *   "lineCap" | "lineJoin"> & {isPaper?: boolean, imageSmoothingEnabled?: boolean, measureText: Ruler["measureText"],
 *   drawImage?: CanvasDrawImage["drawImage"]}} DrawingContext
 */

/**
 * What measures texts: a canvas's context, or what stands for one in a test.
 * @typedef {{font: string, measureText: (text: string) => {width: number}}} Ruler
 */

/**
 * 256 colours along a scale: as little-endian RGBA, as CSS, and the text colour that can be read on each.
 * @typedef {{packed: Uint32Array, css: string[], ink: string[]}} ColourTable
 */

/**
 * A row or column of a map: the pieces [from, to), there from step `ready` on.
 * @typedef {object} Word
 * @property {number} from
 * @property {number} to
 * @property {string} label
 * @property {boolean} special
 * @property {number} ready
 * @property {"source" | "target"} side
 * @property {string} [reads] what a decoder reads in this row
 * @property {boolean} [joined] whether it goes on with the word of the piece before it
 */

/**
 * Rows and columns of a map, and which cells may be attended to.
 * @typedef {object} MapView
 * @property {Kind} kind
 * @property {Word[]} rows
 * @property {Word[]} columns
 * @property {(row: Word, column: Word) => boolean} allowed
 * @property {boolean} masked whether there are cells that may not
 * @property {string} key the same for the same rows and columns only
 */

/**
 * Indices of a view; either may be missing.
 * @typedef {{row?: number, column?: number}} Cell
 */

export {};
