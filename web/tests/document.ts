/** Where the API document is that the types were made from; vitest runs in web/. */
export const DOCUMENT_PATH = process.env['YIZHAN_OPENAPI'] ?? '../docs/openapi.json'
