/** A poster that came as SVG: printed (or kept as PDF by the print dialog), drawn as PNG, saved. */

/** A4 at 200 dots an inch: sharp on paper, small enough for a chat. */
const WIDTH_PX = 1654
const HEIGHT_PX = 2339

const urlOf = (svg: string): string => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`

/** The drawing itself as a file. */
export const svgOf = (svg: string): Blob => new Blob([svg], { type: 'image/svg+xml' })

/** The same picture in dots, with this machine's fonts. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image()
  image.src = urlOf(svg)
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH_PX
  canvas.height = HEIGHT_PX
  canvas.getContext('2d')?.drawImage(image, 0, 0, WIDTH_PX, HEIGHT_PX)
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('canvas')))))
}

/** Give a file to the browser. */
export function save(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Print it alone on its sheet: the drawing is A4 by itself. */
export function printPoster(svg: string): void {
  const page = window.open(URL.createObjectURL(svgOf(svg)))
  page?.addEventListener('load', () => page.print())
}
