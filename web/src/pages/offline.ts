/** Keeping the console's own files on this machine, so that the check-in page opens with no network. */

/** Keep them, or make sure that they are the newest; whether they are kept. Only a secure page can. */
export async function keepOffline(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false
  try {
    const registration = await navigator.serviceWorker.register('/console/sw.js', { scope: '/console' })
    registration.active?.postMessage({ type: 'refresh' })
    await navigator.serviceWorker.ready
    return true
  } catch {
    // With no network the worker that is here already serves on.
    return Boolean((await navigator.serviceWorker.getRegistration('/console').catch(() => undefined))?.active)
  }
}
