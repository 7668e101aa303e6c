/** Colours, typography, buttons and inputs. */
export const THEME = `:root {
  color-scheme: light dark;
  --ground: #f3f7f7;
  --card: #ffffff;
  --text: #13262a;
  --quiet: #4c6066;
  --line: #d8e3e4;
  --edge: #6c8086;
  --accent: #0b6a70;
  --on-accent: #ffffff;
  --tint: #e0f1f1;
  --danger: #a3281f;
  --blush: #fcebe9;
}

@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1618;
    --card: #162124;
    --text: #e3edee;
    --quiet: #9fb2b6;
    --line: #2a393d;
    --edge: #7b9096;
    --accent: #6ccfcc;
    --on-accent: #08201f;
    --tint: #16383a;
    --danger: #ff9f96;
    --blush: #3a1f1e;
  }
}

*,
::before,
::after {
  box-sizing: border-box;
  margin: 0;
}

/* No system-ui: on a Linux without a desktop it is DejaVu Sans, which is too wide. */
body {
  background: var(--ground);
  color: var(--text);
  font:
    0.9375rem/1.5 -apple-system,
    BlinkMacSystemFont,
    'Segoe UI',
    Inter,
    'Adwaita Sans',
    Cantarell,
    Ubuntu,
    Roboto,
    'Noto Sans',
    'Liberation Sans',
    Arial,
    sans-serif;
  overflow-wrap: anywhere;
}

h1,
h2 {
  line-height: 1.25;
  letter-spacing: -0.01em;
  text-wrap: balance;
}

h1 {
  font-size: 1.625rem;
}

h2 {
  font-size: 1.125rem;
}

a {
  color: var(--accent);
  text-underline-offset: 0.2em;
}

code {
  font: 0.875em ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', monospace;
}

.hint,
dt,
code {
  color: var(--quiet);
}

.error {
  color: var(--danger);
}

label,
button,
.button {
  font-weight: 600;
}

input,
select,
button,
.button {
  min-height: 2.75rem;
  padding: 0.5rem 1rem;
  background: var(--card);
  border: 1px solid var(--edge);
  border-radius: 0.5rem;
  color: var(--text);
  font-family: inherit;
  font-size: 1rem;
  line-height: 1.5;
}

input,
select {
  display: block;
  width: 100%;
  margin-top: 0.25rem;
}

input[aria-invalid] {
  border-color: var(--danger);
}

button,
.button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  font-size: 0.9375rem;
  text-decoration: none;
  cursor: pointer;
}

[hidden] {
  display: none;
}

button:hover,
.button:hover {
  background: var(--tint);
}

.primary,
.primary:hover {
  background: var(--accent);
  border-color: var(--accent);
  color: var(--on-accent);
}

.primary:hover {
  filter: brightness(1.08);
}

.danger {
  border-color: var(--danger);
  color: var(--danger);
}

.danger:hover {
  background: var(--blush);
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}

.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
`
