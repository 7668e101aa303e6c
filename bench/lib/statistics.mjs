/** Interpolates between two numbers if need be. */
export function quantile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const place = part * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return below + (above - below) * (place % 1)
}

export function median(numbers) {
  return quantile(numbers, 0.5)
}

/** Formats a number with three significant digits. */
export function short(number) {
  if (number === undefined || !Number.isFinite(number)) return '–'
  if (Math.abs(number) >= 100) return Math.round(number).toLocaleString('en')
  return number.toFixed(Math.abs(number) >= 10 ? 1 : 2)
}
