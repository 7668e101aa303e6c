/** The parts of the pages. */
export const PAGES = `
.top {
  background: var(--card);
  border-bottom: 1px solid var(--line);
}

.top > div,
main {
  max-width: 68rem;
  margin: 0 auto;
  padding-inline: clamp(1rem, 4vw, 2rem);
}

.top > div {
  display: flex;
  align-items: center;
  justify-content: space-between;
  gap: 1rem;
  min-height: 3.5rem;
}

.top a {
  display: flex;
  align-items: center;
  gap: 0.6rem;
  min-height: 2.75rem;
}

.brand {
  color: var(--text);
  font-size: 1.0625rem;
  font-weight: 700;
  line-height: 1.75rem;
  letter-spacing: -0.01em;
  text-decoration: none;
  white-space: nowrap;
}

.mark {
  width: 1.75rem;
  height: 1.75rem;
  color: var(--accent);
}

main {
  padding-block: clamp(1.25rem, 4vw, 2.25rem) 4rem;
}

main,
section,
.narrow {
  display: grid;
  gap: 1rem;
  align-content: start;
}

.card,
.notice {
  padding: clamp(1rem, 3vw, 1.5rem);
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
}

.card {
  min-width: 0;
  box-shadow: 0 1px 2px rgb(0 30 35 / 6%);
}

.notice {
  padding: 0.75rem 1rem;
  background: var(--tint);
}

/* Focused only to be announced. */
.notice:focus {
  outline: none;
}

/* The border is for forced colours, which remove backgrounds. */
.badge {
  display: inline-block;
  padding: 0 0.5rem;
  background: var(--tint);
  border: 1px solid transparent;
  border-radius: 1rem;
  color: var(--accent);
  font-size: 0.8125rem;
  font-weight: 600;
  white-space: nowrap;
}

.narrow {
  max-width: 34rem;
}

.head {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0.75rem 1.5rem;
}

/* All as wide as the widest. */
.actions {
  display: grid;
  grid-auto-columns: 1fr;
  grid-auto-flow: column;
  gap: 0.75rem;
  align-items: start;
  width: fit-content;
}

.actions button {
  width: 100%;
}

.search {
  display: grid;
  grid-template-columns: minmax(9rem, 14rem) minmax(9rem, 1fr) 8rem;
  gap: 0.75rem 1rem;
  align-items: end;
}

.search .error {
  grid-column: 1 / -1;
}

.columns {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
  gap: 1rem;
}

.state::before {
  display: inline-block;
  width: 0.625rem;
  height: 0.625rem;
  margin-right: 0.6rem;
  border: 2px solid currentColor;
  border-radius: 50%;
  content: '';
}

.state {
  font-weight: 600;
}

.good::before {
  background: var(--accent);
  border-color: var(--accent);
}

.bad {
  color: var(--danger);
}

.hints,
.hints ul {
  padding-left: 1.25rem;
}

dl {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr));
  gap: 0.75rem 1.5rem;
}

dt {
  font-size: 0.8125rem;
}

.rows {
  grid-template-columns: 1fr;
  gap: 0;
}

.rows > div {
  display: grid;
  grid-template-columns: minmax(7rem, 2fr) 3fr;
  gap: 1rem;
  align-items: center;
  min-height: 2.75rem;
  border-top: 1px solid var(--line);
}

.rows dt {
  color: inherit;
  font-size: inherit;
}

.inline {
  display: flex;
  flex-wrap: wrap;
  gap: 0 1rem;
}

.inline > div {
  display: flex;
  gap: 0.4rem;
  align-items: baseline;
}

progress {
  width: 100%;
  height: 1rem;
  accent-color: var(--accent);
}

@media (max-width: 47.99rem) {
  .search,
  .actions {
    grid-template-columns: 1fr;
    grid-auto-flow: row;
  }

  .actions {
    width: 100%;
  }
}
`
