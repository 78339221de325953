/* Keeps the check-in page on the desk's machine, so that it opens with no network.
 *
 * Only files of the console are kept, never an answer of the API. A release is kept whole: its assets first and
 * its page last, so that a page never names a file that is not here. Served at /console/sw.js for /console. */

const CACHE = 'yizhan-console'
const PAGE = '/console'
const LIST = '/console/offline.json'
/** A station's line that is slower than this is as good as cut. */
const PATIENCE_MS = 3000

async function fetched(url) {
  const response = await fetch(url, { cache: 'no-cache' })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return response
}

async function refresh() {
  const cache = await caches.open(CACHE)
  const [list, page] = await Promise.all([fetched(LIST), fetched(PAGE)])
  const files = await list.json()
  await Promise.all(
    files.map(async (url) => {
      // An asset never changes under its name.
      if (url.startsWith('/console/assets/') && (await cache.match(url))) return
      await cache.put(url, await fetched(url))
    }),
  )
  await cache.put(PAGE, page)
  const kept = new Set([PAGE, ...files])
  const old = (await cache.keys()).filter((request) => !kept.has(new URL(request.url).pathname))
  await Promise.all(old.map((request) => cache.delete(request)))
}

async function keptOr(request, url) {
  const held = await (await caches.open(CACHE)).match(url)
  return held || fetch(request)
}

/** From the network while it answers in time; else what is kept. */
async function newest(request, url) {
  const held = await (await caches.open(CACHE)).match(url)
  if (!held) return fetch(request)
  const late = new Promise((resolve) => setTimeout(() => resolve(held), PATIENCE_MS))
  const fresh = fetch(request).then((response) => (response.ok || response.status === 304 ? response : held), () => held)
  return Promise.race([fresh, late])
}

self.addEventListener('install', (event) => event.waitUntil(refresh().then(() => self.skipWaiting())))
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('message', (event) => {
  // No network: what is kept serves on.
  if (event.data && event.data.type === 'refresh') event.waitUntil(refresh().catch(() => undefined))
})
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  if (url.pathname === PAGE) event.respondWith(newest(event.request, PAGE))
  else if (url.pathname.startsWith('/console/assets/')) event.respondWith(keptOr(event.request, url.pathname))
  else if (/^\/(console|screen\/assets)\/[^/]+$/.test(url.pathname) && url.pathname !== LIST) event.respondWith(newest(event.request, url.pathname))
})
