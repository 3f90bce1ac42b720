/** Styles that every part shares. */
import { css } from "lit";

export const base = css`
  *, *::before, *::after { box-sizing: border-box; }
  :host { display: block; min-width: 0; }
  :host([hidden]), [hidden] { display: none !important; }
  h2, h3, p, dl, dd, ul, ol, figure, fieldset { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  fieldset { border: 0; min-width: 0; }
  h2 { font-size: 1rem; font-weight: 650; letter-spacing: 0.005em; }
  h3 { font-size: 0.8125rem; font-weight: 600; color: var(--soft); }
  code, pre, .mono { font-family: var(--mono); font-size: 0.8125rem; }
  :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
  .soft { color: var(--soft); }
  .small { font-size: 0.8125rem; }
  .hush { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

export const panel = css`
  .panel { background: var(--sheet); border: 1px solid var(--line); border-radius: var(--radius); min-width: 0; }
  .panel > header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; padding: 0.625rem 0.875rem; border-bottom: 1px solid var(--line); min-height: 3.125rem; }
  .panel > header > :first-child { margin-inline-end: auto; }
  .panel > .body { padding: 0.875rem; }
`;

export const controls = css`
  button, .button { font: inherit; font-size: 0.875rem; font-weight: 500; line-height: 1.25; color: var(--ink); background: var(--sheet); border: 1px solid var(--edge); border-radius: 0.375rem; padding: 0.4375rem 0.8125rem; min-height: 2.125rem; cursor: pointer; }
  button:hover, .button:hover { background: var(--sunk); }
  button:active { transform: translateY(1px); }
  button:disabled { color: var(--soft); border-color: var(--line); background: transparent; cursor: default; transform: none; }
  button.strong { background: var(--device); border-color: var(--device); color: var(--on-strong); }
  button.strong:hover { background: color-mix(in oklab, var(--device) 88%, var(--ink)); }
  button.strong:disabled { background: transparent; border-color: var(--line); color: var(--soft); }
  button.plain { border-color: transparent; background: transparent; color: var(--device); padding-inline: 0.5rem; }
  button.plain:hover { background: var(--sunk); }
  label { font-size: 0.8125rem; font-weight: 500; }
  input:not([type]), input[type="password"], select, textarea.text { font: inherit; font-size: 0.875rem; width: 100%; min-height: 2.125rem; padding: 0.3125rem 0.5625rem; color: var(--ink); background: var(--paper); border: 1px solid var(--edge); border-radius: 0.375rem; }
  input[type="checkbox"], input[type="radio"] { accent-color: var(--device); }
  textarea.text { display: block; resize: vertical; line-height: 1.4; }
  input.mono, textarea.mono { font-family: var(--mono); font-size: 0.8125rem; }
  .field { display: grid; gap: 0.25rem; min-width: 0; }
  .segments { display: inline-flex; border: 1px solid var(--edge); border-radius: 0.375rem; overflow: clip; }
  .segments label { position: relative; padding: 0.3125rem 0.6875rem; cursor: pointer; border-inline-start: 1px solid var(--edge); }
  .segments label:first-of-type { border-inline-start: 0; }
  .segments label:hover { background: var(--sunk); }
  .segments input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
  .segments label:has(:checked) { background: var(--ink); color: var(--paper); }
  .segments label:has(:focus-visible) { outline: 2px solid var(--focus); outline-offset: -3px; }
  @media (forced-colors: active) {
    .segments label:has(:checked) { background: Highlight; color: HighlightText; forced-color-adjust: none; }
    button.strong { border-width: 2px; color: ButtonText; background: ButtonFace; }
  }
`;

export const chips = css`
  .chip { display: inline-block; font-size: 0.75rem; font-weight: 600; line-height: 1.35; padding: 0.0625rem 0.4375rem; border-radius: 1rem; border: 1px solid var(--line); background: var(--sunk); color: var(--ink); white-space: nowrap; }
  .chip.good { background: var(--device-wash); border-color: transparent; color: var(--device); }
  .chip.notice { background: var(--server-wash); border-color: transparent; color: var(--server); }
  .chip.bad { background: var(--bad-wash); border-color: transparent; color: var(--bad); }
`;

/** How much of a value has passed, in a line of its own. */
export const meter = css`
  progress { display: block; width: 100%; height: 0.3125rem; accent-color: var(--way, var(--device)); }
  @media not (forced-colors: active) {
    progress { appearance: none; border: 0; border-radius: 1rem; overflow: clip; background: var(--line); }
    progress::-webkit-progress-bar { background: var(--line); }
    progress::-webkit-progress-value { background: var(--way, var(--device)); }
    progress::-moz-progress-bar { background: var(--way, var(--device)); }
  }
`;

/** What the server wants of whoever sits at the device. */
export const dialogs = css`
  dialog { width: min(27rem, calc(100vw - 2rem)); padding: 0; color: var(--ink); background: var(--sheet); border: 1px solid var(--edge); border-radius: 0.75rem; box-shadow: 0 1.5rem 4rem rgb(0 0 0 / 0.3); }
  dialog::backdrop { background: rgb(12 20 18 / 0.55); }
  form { padding: 1.375rem 1.5rem 1.25rem; display: grid; gap: 0.75rem; border-block-start: 4px solid var(--server); }
  h2 { font-size: 0.8125rem; color: var(--server); }
  p { font-size: 1.125rem; line-height: 1.4; overflow-wrap: anywhere; white-space: pre-wrap; }
  .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-block-start: 0.5rem; }
  .buttons .last { margin-inline-start: auto; }
  button.abort { justify-self: start; margin-inline-start: -0.5rem; color: var(--bad); font-size: 0.8125rem; }
`;
