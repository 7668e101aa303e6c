/** Tables, shown on a phone as lists of cards. */
export const TABLE = `
table {
  width: 100%;
  border-collapse: collapse;
}

th,
td {
  padding: 0.5rem 1rem 0.5rem 0;
  text-align: left;
  vertical-align: middle;
}

thead th {
  border-bottom: 1px solid var(--line);
  color: var(--quiet);
  font-size: 0.8125rem;
}

tbody tr + tr:not(.more),
tbody + tbody > tr:first-child {
  border-top: 1px solid var(--line);
}

tbody th {
  font-weight: 600;
}

.row-actions .button {
  min-height: 2.25rem;
  margin-left: 0.5rem;
  padding: 0.25rem 0.9rem;
  font-size: 0.875rem;
}

th:last-child,
td:last-child {
  padding-right: 0;
}

.sessions th:last-child,
.row-actions {
  text-align: right;
  white-space: nowrap;
}

.sessions tbody tr:first-child > * {
  padding-bottom: 0;
}

.more > td {
  padding-block: 0 0.35rem;
}

summary {
  width: fit-content;
  min-height: 1.75rem;
  color: var(--quiet);
  font-size: 0.875rem;
  cursor: pointer;
}

details dl {
  padding: 0.75rem 1rem;
  background: var(--ground);
  border-radius: 0.5rem;
}

@media (max-width: 47.99rem) {
  table,
  tbody,
  tr,
  th,
  td {
    display: block;
  }

  caption,
  thead {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }

  tbody tr {
    padding-block: 0.5rem;
  }

  .sessions .more {
    padding-block: 0 0.5rem;
  }

  th,
  td,
  .sessions tbody tr > * {
    padding: 0.2rem 0;
  }

  td[data-label] {
    display: grid;
    grid-template-columns: 7rem 1fr;
    gap: 0.75rem;
  }

  /* The header says it to screen readers. */
  td[data-label]::before {
    color: var(--quiet);
    content: attr(data-label) / '';
  }

  .events tr {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 1rem;
  }

  .events td:nth-child(3) {
    flex-basis: 100%;
  }

  .sessions .row-actions {
    display: grid;
    grid-auto-columns: 1fr;
    grid-auto-flow: column;
    gap: 0.75rem;
    padding-top: 0.5rem;
  }

  .sessions .row-actions .button {
    min-height: 2.75rem;
    margin: 0;
    padding-block: 0.5rem;
    font-size: 0.9375rem;
  }

  .sessions tr:first-child th {
    font-size: 1.0625rem;
  }

  .events a {
    display: inline-block;
    padding-block: 0.6rem;
  }

  summary {
    min-height: 2.75rem;
    padding-block: 0.6rem;
  }
}
`
