import type { FieldRow, ObjectType } from './field-row.ts';
import {
  AlternativeNamesView,
  CertificateView,
  ExtensionView,
  NameView,
  ValidityView,
} from './views/certificate-view.ts';

/** Objects in a visitor's certificate. */
export const certificateTypes: Readonly<Record<string, ObjectType>> = {
  certificate: {
    view: CertificateView,
    fields: {
      extensions: row('list<extension>', 'The extensions, in their order.'),
      is_verified: row(
        'bool',
        'It leads to an authority that the endpoint trusts. Anybody can make one that does not.',
      ),
      issuer: text('name', 'Who issued it, as RFC 2253 writes names.'),
      pem: row('string', 'The whole certificate in PEM.'),
      san: text('alternative_names', 'The names it is for, e.g. `DNS:a.example.com, IP Address:192.0.2.1`.'),
      serial_number: row('string', 'The serial number, hexadecimal, in lower case.'),
      signature_algorithm: row('string', 'How it is signed, e.g. `SHA256-RSA`.'),
      subject: text('name', 'Who it is about, as RFC 2253 writes names.'),
      validity: row('validity', 'When it is valid.'),
    },
  },
  name: {
    view: NameView,
    fields: {
      common_name: row('string', 'The common name; empty when there is none.'),
      country: row('list<string>', 'Countries.'),
      locality: row('list<string>', 'Towns.'),
      organization: row('list<string>', 'Organisations.'),
      organizational_unit: row('list<string>', 'Parts of the organisation.'),
      postal_code: row('list<string>', 'Postal codes.'),
      province: row('list<string>', 'Provinces or states.'),
      street_address: row('list<string>', 'Street addresses.'),
    },
  },
  alternative_names: {
    view: AlternativeNamesView,
    fields: {
      dns_names: row('list<string>', 'Host names.'),
      email_addresses: row('list<string>', 'E-mail addresses.'),
      ip_addresses: row('list<string>', 'IP addresses.'),
      uris: row('list<string>', 'URIs.'),
    },
  },
  extension: {
    view: ExtensionView,
    fields: {
      critical: row('bool', 'It must be understood by whoever accepts the certificate.'),
      id: row('string', 'Its object identifier, e.g. `2.5.29.17`.'),
      value: row('bytes', 'Its value in DER.'),
    },
  },
  validity: {
    view: ValidityView,
    fields: {
      not_after: row('timestamp', 'The last moment.'),
      not_before: row('timestamp', 'The first moment.'),
    },
  },
};

function row(type: string, description: string): FieldRow {
  return { type, description };
}

function text(type: string, description: string): FieldRow {
  return { type, description, isText: true };
}
