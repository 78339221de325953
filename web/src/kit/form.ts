/** What a FormPanel tells the FormFields in it. */

import type { ComputedRef, InjectionKey } from 'vue'

/** JSON pointer into the request's body → what is wrong there, in Chinese. */
export type Faults = Readonly<Record<string, string>>

export const FAULTS: InjectionKey<ComputedRef<Faults>> = Symbol('faults')
