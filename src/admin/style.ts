/** The stylesheet: light and dark, for phones and wide screens. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ground: #f5f6f8;
  --card: #ffffff;
  --text: #1c2127;
  --quiet: #56606c;
  --line: #dfe3e8;
  --edge: #737c87;
  --accent: #1d5fa8;
  --on-accent: #ffffff;
  --tint: #e6effa;
  --danger: #a8281f;
}

@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b;
    --card: #1d2127;
    --text: #e7eaee;
    --quiet: #a6afba;
    --line: #2f353d;
    --edge: #838e9b;
    --accent: #86b9f5;
    --on-accent: #10161d;
    --tint: #203248;
    --danger: #ff9f96;
  }
}

* {
  box-sizing: border-box;
  margin: 0;
}

body {
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere;
}

nav,
main {
  max-width: 56rem;
  margin: 0 auto;
  padding: clamp(1rem, 4vw, 2.5rem) clamp(0.75rem, 4vw, 2rem);
}

nav {
  padding-block: 1rem 0;
}

main,
section {
  display: grid;
  gap: 1rem;
}

h1 {
  font-size: 1.75rem;
  line-height: 1.2;
}

h2 {
  font-size: 1.25rem;
}

h3 {
  font-size: 1rem;
}

a {
  color: var(--accent);
}

.hint,
dt {
  color: var(--quiet);
}

.error {
  color: var(--danger);
}

.search .error {
  flex-basis: 100%;
}

.card,
.notice {
  padding: 1rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.5rem;
}

.notice,
.badge {
  background: var(--tint);
}

.badge {
  padding: 0.1rem 0.6rem;
  border: 1px solid transparent;
  border-radius: 0.5rem;
  font-size: 0.875rem;
  white-space: nowrap;
}

.narrow {
  display: grid;
  gap: 1rem;
  width: 100%;
  max-width: 34rem;
  margin: 0 auto;
}

.search,
header,
.actions {
  display: flex;
  flex-wrap: wrap;
  gap: 0.75rem 1rem;
}

.search {
  align-items: end;
}

.search > div {
  flex: 1 1 10rem;
}

header,
.actions {
  align-items: center;
}

header {
  justify-content: space-between;
}

.card > header {
  flex-wrap: nowrap;
  margin-bottom: 0.75rem;
}

input,
select,
button,
.button {
  min-height: 2.75rem;
  padding: 0.5rem 0.9rem;
  background: var(--card);
  border: 1px solid var(--edge);
  border-radius: 0.5rem;
  color: var(--text);
  font: inherit;
}

label,
button,
.button {
  font-weight: 600;
}

input,
select {
  display: block;
  width: 100%;
}

button,
.button {
  display: inline-block;
  flex: none;
  cursor: pointer;
  text-decoration: none;
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

.danger {
  border-color: var(--danger);
  color: var(--danger);
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}

/* Focused only to be announced. */
.notice:focus {
  outline: none;
}

ul {
  display: grid;
  gap: 0.75rem;
  padding: 0;
  list-style: none;
}

dl {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(11rem, 45%), 1fr));
  gap: 0.5rem 1.5rem;
}

.wide {
  order: 1;
  grid-column: 1 / -1;
}

dl + .hint {
  margin-top: 0.5rem;
  font-size: 0.875rem;
}

[title] {
  text-decoration: underline dotted var(--edge);
  text-underline-offset: 0.2em;
}

dt {
  font-size: 0.875rem;
}

progress {
  width: 100%;
  height: 1rem;
  accent-color: var(--accent);
}

.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
`
