// The form of a request's id, as X-Request-Id tells it.

/** 48 random bits of its worker and a count (src/gateway/request-id.ts). */
export const requestIdPattern = /^[0-9a-f]{12}-[1-9][0-9]{0,9}$/;
