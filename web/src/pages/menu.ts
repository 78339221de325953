/** The menu, in its order. A new page adds a line here and a route in router.ts. */

import { texts } from '../texts.zh-CN'

export interface MenuItem {
  path: string
  title: string
  /** g and this letter go there. */
  key: string
  /** The first of those that belong together. */
  begins?: boolean
  /** Only the county's administrators are shown it. */
  administrators?: boolean
}

export const MENU: readonly MenuItem[] = [
  { path: '/', title: texts.menu.today, key: 't' },
  { path: '/inbox', title: texts.menu.inbox, key: 'b' },
  { path: '/postings', title: texts.menu.postings, key: 'p', begins: true },
  { path: '/postings/verify', title: texts.menu.verify, key: 'v' },
  { path: '/postings/morning', title: texts.menu.morning, key: 'm' },
  { path: '/dispatch', title: texts.menu.dispatch, key: 'a' },
  { path: '/dispatch/pay', title: texts.menu.pay, key: 'j' },
  { path: '/employers', title: texts.menu.employers, key: 'e' },
  { path: '/fairs', title: texts.menu.fairs, key: 'f' },
  { path: '/seekers', title: texts.menu.seekers, key: 'k', begins: true },
  { path: '/check-in', title: texts.menu.checkIn, key: 'i' },
  { path: '/day', title: texts.menu.day, key: 'd' },
  { path: '/seekers/street', title: texts.menu.street, key: 'Z' },
  { path: '/seekers/aid', title: texts.menu.aid, key: 'A', begins: true },
  { path: '/seekers/guidance', title: texts.menu.guidance, key: 'h' },
  { path: '/seekers/courses', title: texts.menu.courses, key: 'c' },
  { path: '/seekers/start-ups', title: texts.menu.startUps, key: 'o' },
  { path: '/screens', title: texts.menu.screens, key: 's', begins: true },
  { path: '/notices', title: texts.menu.notices, key: 'n' },
  { path: '/publications', title: texts.menu.publications, key: 'u' },
  { path: '/messages/deliveries', title: texts.menu.deliveries, key: 'l' },
  { path: '/messages/templates', title: texts.menu.templates, key: 'y' },
  { path: '/network', title: texts.menu.network, key: 'w', begins: true },
  { path: '/staff', title: texts.menu.staff, key: 'r' },
  { path: '/weights', title: texts.menu.weights, key: 'q' },
  { path: '/rules', title: texts.menu.rules, key: 'z', administrators: true },
  { path: '/integrators', title: texts.menu.integrators, key: 'x' },
]
