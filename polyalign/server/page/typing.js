// Fields in which somebody types. What is typed into one is text, whatever arrives in the meantime.
// @ts-check

const FIELDS =
  "textarea, select, [contenteditable=true], input:not([type=checkbox], [type=radio], [type=button], [type=file])";

/**
 * Whether keys pressed there are text, not commands.
 * @param {EventTarget | null} node
 */
export const typing = (node) => node instanceof Element && node.matches(FIELDS);

/** Whether somebody is typing now: the focus is theirs, and nothing that arrives may take it. */
export const writing = () => typing(document.activeElement);

let acting = false; // while a key or click that may leave a field is handled: only then does the focus leave it for good
/** @type {EventTarget | null} */
let field = null; // the field that has the focus, or that was taken away under the user's fingers

/** Watches which field is typed into. A field that goes away by itself leaves `interrupted` behind. */
export function watch() {
  for (const name of ["keydown", "pointerdown", "mousedown", "click"]) addEventListener(name, acted, true);
  addEventListener("focusin", ({ target }) => {
    if (typing(target)) field = target;
    else if (acting) field = null;
  });
}

/** @param {Event} event */
function acted(event) {
  const pressed = event instanceof KeyboardEvent;
  acting = !pressed || (typing(event.target) && !isLetter(event)); // a letter never leaves, whatever is drawn meanwhile
  setTimeout(() => (acting = false));
  if (typing(event.target)) field = event.target;
  else if (!pressed || ["Escape", "Tab"].includes(event.key)) field = null;
}

/** @param {KeyboardEvent} event */
const isLetter = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey;

/** The user is done with the field, and whoever closed it gives the focus to something else. */
export const released = () => (field = null);

/** Whether what is pressed now was meant for a field that has just gone away. */
export const interrupted = () => field !== null && !writing();
