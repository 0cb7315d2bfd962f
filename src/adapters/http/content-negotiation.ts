/**
 * Whether a client that sent this Accept header takes JSON (RFC 9110 section 12.5.1). As in Django REST framework weights are not
 * looked at, and a client that asks for `text/html` gets what a browsable page would show, as JSON. A missing header accepts all.
 */
export function acceptable(accept: string | null): boolean {
  return accept === null || accept === '*/*' || accept === 'application/json' || accept.split(',').some(includesOffered);
}

function includesOffered(mediaRange: string): boolean {
  const [type = '', subtype = ''] = mediaTypeOf(mediaRange).split('/');
  return OFFERED.some((offer) => (type === '*' || type === offer.type) && (subtype === '*' || subtype === offer.subtype));
}

/** The media type or range without its parameters, in lower case (RFC 9110 section 8.3.1). */
export function mediaTypeOf(field: string): string {
  const end = field.indexOf(';');
  return (end === -1 ? field : field.slice(0, end)).trim().toLowerCase();
}

const OFFERED = [
  { type: 'application', subtype: 'json' },
  { type: 'text', subtype: 'html' },
] as const;
