/** Addresses are behind the #, so that one file serves them all. Each page is loaded when it is first opened. */

import { createRouter, createWebHashHistory, type RouteLocationNormalized, type RouteRecordRaw, type Router } from 'vue-router'
import { pauseBetweenPages } from './kit/shortcuts'
import { useSession } from './stores/session'
import { useStations } from './stores/stations'

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignIn.vue'), meta: { open: true } },
  {
    path: '/',
    component: () => import('./pages/ConsoleShell.vue'),
    children: [
      { path: '', name: 'today', component: () => import('./pages/TodayPage.vue') },
      { path: 'postings', name: 'postings', component: () => import('./pages/PostingList.vue') },
      { path: 'postings/new', name: 'posting-new', component: () => import('./pages/PostingEdit.vue') },
      { path: 'postings/dictate', name: 'posting-dictate', component: () => import('./pages/PostingDictate.vue') },
      { path: 'postings/verify', name: 'verify', component: () => import('./pages/PostingVerifyQueue.vue') },
      { path: 'postings/morning', name: 'morning', component: () => import('./pages/MorningPage.vue') },
      { path: 'postings/imports', name: 'posting-imports', component: () => import('./pages/ImportList.vue'), props: { kind: 'postings' } },
      { path: 'postings/imports/:id', name: 'posting-import', component: () => import('./pages/ImportDetail.vue'), props: (to) => ({ id: to.params['id'], kind: 'postings' }) },
      { path: 'postings/:id', name: 'posting', component: () => import('./pages/PostingDetail.vue'), props: true },
      { path: 'postings/:id/edit', name: 'posting-edit', component: () => import('./pages/PostingEdit.vue'), props: true },
      { path: 'postings/:id/publish-outside', name: 'publication-kit', component: () => import('./pages/PublicationKit.vue'), props: true },
      { path: 'dispatch', name: 'dispatch', component: () => import('./pages/DispatchPage.vue') },
      { path: 'dispatch/pay', name: 'pay-follow-up', component: () => import('./pages/PayFollowPage.vue') },
      { path: 'fairs', name: 'fairs', component: () => import('./pages/FairsPage.vue') },
      { path: 'fairs/:id', name: 'fair', component: () => import('./pages/FairDetail.vue'), props: true },
      { path: 'employers', name: 'employers', component: () => import('./pages/EmployerList.vue') },
      { path: 'employers/new', name: 'employer-new', component: () => import('./pages/EmployerRegister.vue') },
      { path: 'employers/duplicates', name: 'employer-duplicates', component: () => import('./pages/EmployerDuplicates.vue') },
      { path: 'employers/imports', name: 'imports', component: () => import('./pages/ImportList.vue'), props: { kind: 'employers' } },
      { path: 'employers/imports/:id', name: 'import', component: () => import('./pages/ImportDetail.vue'), props: (to) => ({ id: to.params['id'], kind: 'employers' }) },
      { path: 'employers/:id', name: 'employer', component: () => import('./pages/EmployerDetail.vue'), props: true },
      { path: 'seekers', name: 'seekers', component: () => import('./pages/SeekerList.vue') },
      { path: 'seekers/new', name: 'seeker-new', component: () => import('./pages/SeekerRegister.vue') },
      { path: 'seekers/aid', name: 'aid', component: () => import('./pages/AidPage.vue') },
      { path: 'seekers/guidance', name: 'guidance', component: () => import('./pages/GuidancePage.vue') },
      { path: 'seekers/courses', name: 'courses', component: () => import('./pages/CoursesPage.vue') },
      { path: 'seekers/courses/:id', name: 'course', component: () => import('./pages/CourseDetail.vue'), props: true },
      { path: 'seekers/start-ups', name: 'start-ups', component: () => import('./pages/StartUpPage.vue') },
      { path: 'seekers/street', name: 'street', component: () => import('./pages/StreetCountPage.vue') },
      { path: 'seekers/:id', name: 'seeker', component: () => import('./pages/SeekerDetail.vue'), props: true },
      { path: 'check-in', name: 'check-in', component: () => import('./pages/CheckInDesk.vue'), meta: { standsAlone: true } },
      { path: 'day', name: 'day', component: () => import('./pages/DayPage.vue') },
      { path: 'screens', name: 'screens', component: () => import('./pages/ScreensPage.vue') },
      { path: 'notices', name: 'notices', component: () => import('./pages/NoticesPage.vue') },
      { path: 'inbox', name: 'inbox', component: () => import('./pages/InboxPage.vue') },
      { path: 'publications', name: 'publications', component: () => import('./pages/PublicationsPage.vue') },
      { path: 'messages/deliveries', name: 'deliveries', component: () => import('./pages/DeliveriesPage.vue') },
      { path: 'messages/templates', name: 'templates', component: () => import('./pages/TemplatesPage.vue') },
      { path: 'network', name: 'network', component: () => import('./pages/NetworkPage.vue') },
      { path: 'network/due', name: 'due', component: () => import('./pages/DuePage.vue') },
      { path: 'weights', name: 'weights', component: () => import('./pages/WeightsPage.vue') },
      { path: 'rules', name: 'rules', component: () => import('./pages/RulesPage.vue') },
      { path: 'staff', name: 'staff', component: () => import('./pages/StaffPage.vue') },
      { path: 'integrators', name: 'integrators', component: () => import('./pages/IntegratorsPage.vue') },
      { path: 'integrators/:id', name: 'integrator', component: () => import('./pages/IntegratorDetail.vue'), props: true },
      { path: ':rest(.*)*', name: 'not-found', component: () => import('./pages/NotFound.vue') },
    ],
  },
]

/** A page that goes on without network does not wait longer for one. */
const PATIENCE_MS = 4000

/** Where to go instead of `to`; true to go there. Whoever has no session signs in and comes back. */
export async function admit(to: RouteLocationNormalized): Promise<true | { name: string; query?: Record<string, string> } | string> {
  const session = useSession()
  const resumed = session.resume().catch(() => undefined)
  await (to.meta['standsAlone'] ? Promise.race([resumed, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]) : resumed)
  if (to.meta['open']) return session.staff ? '/' : true
  // With no network there is nobody to ask who is here; the desk goes on, and signs in before it hands in.
  if (to.meta['standsAlone'] && !session.known) return true
  if (!session.staff) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { back: to.fullPath } }
  await useStations().load().catch(() => undefined)
  return true
}

export function createConsoleRouter(): Router {
  const router = createRouter({ history: createWebHashHistory(), routes, scrollBehavior: () => ({ top: 0 }) })
  pauseBetweenPages(router)
  router.beforeEach(admit)
  // Files of a build that was replaced are gone; the page itself names the new ones.
  router.onError((error: Error, to) => {
    if (/dynamically imported module|Failed to fetch|preload/i.test(error.message)) {
      location.replace(`${location.pathname}#${to.fullPath}`)
      location.reload()
    }
  })
  return router
}
