/** Sending a file, with how far it has got, which fetch does not tell. */

import { commandHeaders, sessionLoser, type Schema } from '../api/client'
import { ApiProblem, problemOfStatus, type Problem } from '../api/problems'

export type StoredFile = Schema<'StoredFile'>

/** The gateway gives an upload two minutes; its answer is on the way a little longer. */
const WAIT_MS = 130_000

/** Send a file; `told` hears the percentage. Throws ApiProblem. */
export function upload(file: File, told: (percent: number) => void = () => undefined): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const loseSession = sessionLoser()
    request.open('POST', '/api/v1/uploads')
    request.timeout = WAIT_MS
    Object.entries(commandHeaders()).forEach(([name, value]) => request.setRequestHeader(name, value))
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.setRequestHeader('X-File-Name', encodeURIComponent(file.name))
    request.upload.onprogress = (event) => event.lengthComputable && told(Math.floor((event.loaded / event.total) * 100))
    const away = (): void => reject(new ApiProblem({ ...problemOfStatus(0), status: 0 }))
    request.onerror = away
    request.ontimeout = away
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as StoredFile)
      else {
        if (request.status === 401) loseSession()
        reject(refusalOf(request))
      }
    }
    request.send(file)
  })
}

function refusalOf(request: XMLHttpRequest): ApiProblem {
  return new ApiProblem(problemIn(request), request.getResponseHeader('x-correlation-id'))
}

function problemIn(request: XMLHttpRequest): Problem {
  try {
    const read = JSON.parse(request.responseText) as Problem
    if (read.code) return read
  } catch {
    // A proxy's page: its status says all that is known.
  }
  return problemOfStatus(request.status)
}
