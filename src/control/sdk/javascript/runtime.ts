// The part of the JavaScript SDK that is the same for every API: it builds requests, signs them and sends them. It is
// text that goes into the client, and must run in browsers and in Node.js 20 or newer without anything else.

/** Declares `sendRequest(settings, operation, params, body, additionalParams)`, which answers with a promise. */
export const runtime = String.raw`
  var textEncoder = new TextEncoder();

  /** RFC 3986: everything but unreserved characters is escaped. */
  function escapeText(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, function (char) {
      return '%' + char.charCodeAt(0).toString(16).toUpperCase();
    });
  }

  function isGiven(value) {
    return value !== undefined && value !== null;
  }

  /** Puts the values of path parameters into a path template. */
  function expandPath(template, params) {
    return template.replace(/\{([^}+]+)(\+?)\}/g, function (_, name, plus) {
      var text = isGiven(params[name]) ? String(params[name]) : '';
      if (text === '') throw new Error(name + ' must be defined');
      var segments = plus === '' ? [text] : text.split('/');
      return segments
        .map(function (segment) {
          // A URL has no way to say these: "/pets/.." would call another method.
          if (segment === '.' || segment === '..') throw new Error(name + ' must not be "." or ".."');
          return escapeText(segment);
        })
        .join('/');
    });
  }

  /** Query parameters, escaped and in the order in which a signature has them. Lists give one pair for each value. */
  function queryText(query) {
    var pairs = [];
    Object.keys(query).forEach(function (name) {
      if (!isGiven(query[name])) return;
      [].concat(query[name]).forEach(function (value) {
        pairs.push([escapeText(name), escapeText(String(value))]);
      });
    });
    pairs.sort(function (a, b) {
      if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
      return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
    });
    return pairs
      .map(function (pair) {
        return pair.join('=');
      })
      .join('&');
  }

  function putHeaders(headers, given) {
    Object.keys(given || {}).forEach(function (name) {
      if (isGiven(given[name])) headers[name.toLowerCase()] = String(given[name]);
    });
  }

  /** Bodies that fetch knows how to send; everything else is sent as JSON. */
  function isReadyToSend(body) {
    return (
      typeof body === 'string' ||
      body instanceof ArrayBuffer ||
      ArrayBuffer.isView(body) ||
      body instanceof Blob ||
      body instanceof FormData ||
      body instanceof URLSearchParams
    );
  }

  function isEmptyObject(value) {
    return (
      typeof value === 'object' &&
      !Array.isArray(value) &&
      typeof value.toJSON !== 'function' &&
      Object.keys(value).length === 0
    );
  }

  /** An empty text and an empty object are no body: that is what pages pass where a method has none. */
  function bodyToSend(verb, body) {
    if (verb === 'GET' || verb === 'HEAD' || !isGiven(body) || body === '') return undefined;
    if (isReadyToSend(body)) return body;
    if (isEmptyObject(body)) return undefined;
    return JSON.stringify(body);
  }

  function hexOf(buffer) {
    return Array.from(new Uint8Array(buffer), function (byte) {
      return byte.toString(16).padStart(2, '0');
    }).join('');
  }

  function subtle() {
    if (globalThis.crypto && globalThis.crypto.subtle) return globalThis.crypto.subtle;
    throw new Error('Requests cannot be signed here: WebCrypto needs a page served over HTTPS or from localhost');
  }

  async function sha256(bytes) {
    return hexOf(await subtle().digest('SHA-256', bytes));
  }

  async function hmac(key, text) {
    var algorithm = { name: 'HMAC', hash: 'SHA-256' };
    var imported = await subtle().importKey('raw', key, algorithm, false, ['sign']);
    return subtle().sign('HMAC', imported, textEncoder.encode(text));
  }

  async function bytesOf(body) {
    if (body === undefined) return new Uint8Array(0);
    if (typeof body === 'string') return textEncoder.encode(body);
    if (body instanceof URLSearchParams) return textEncoder.encode(body.toString());
    if (body instanceof Blob) return new Uint8Array(await body.arrayBuffer());
    if (body instanceof FormData) throw new Error('A FormData body cannot be signed');
    return body;
  }

  /** Signature Version 4, service execute-api: adds the header fields of a signed request. */
  async function sign(settings, verb, url, headers, body) {
    var time = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
    var date = time.slice(0, 8);
    headers['x-amz-date'] = time;
    if (settings.sessionToken) headers['x-amz-security-token'] = settings.sessionToken;

    var signed = Object.keys(headers).filter(function (name) {
      return name === 'content-type' || name.indexOf('x-amz-') === 0;
    });
    signed = signed.concat('host').sort();
    var canonicalHeaders = signed.map(function (name) {
      var value = name === 'host' ? url.host : headers[name];
      return name + ':' + value.trim().replace(/ +/g, ' ') + '\n';
    });
    // Segments are escaped once more: every service but S3 wants it so.
    var canonicalPath = url.pathname.split('/').map(escapeText).join('/');
    var canonicalRequest = [
      verb,
      canonicalPath,
      url.search.slice(1),
      canonicalHeaders.join(''),
      signed.join(';'),
      await sha256(await bytesOf(body)),
    ].join('\n');

    var scope = [date, settings.region, 'execute-api', 'aws4_request'];
    var hash = await sha256(textEncoder.encode(canonicalRequest));
    var toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash].join('\n');
    var key = textEncoder.encode('AWS4' + settings.secretKey);
    for (var i = 0; i < scope.length; i++) key = await hmac(key, scope[i]);
    headers.authorization =
      'AWS4-HMAC-SHA256 Credential=' + settings.accessKey + '/' + scope.join('/') +
      ', SignedHeaders=' + signed.join(';') + ', Signature=' + hexOf(await hmac(key, toSign));
  }

  async function dataOf(response, responseType) {
    if (responseType === 'arraybuffer') return response.arrayBuffer();
    if (responseType === 'blob') return response.blob();
    var text = await response.text();
    if (responseType === 'text') return text;
    var type = response.headers.get('content-type') || '';
    if (!/json/i.test(type) && !/^\s*[[{]/.test(text)) return text;
    try {
      return JSON.parse(text);
    } catch (_) {
      return text;
    }
  }

  async function resultOf(response, responseType) {
    var headers = {};
    response.headers.forEach(function (value, name) {
      headers[name] = value;
    });
    var data = await dataOf(response, responseType);
    return { status: response.status, statusText: response.statusText, headers: headers, data: data };
  }

  /** @throws (rejects) an Error with status, headers and data when the answer is not 2xx */
  async function sendRequest(settings, operation, params, body, additionalParams) {
    params = params || {};
    additionalParams = additionalParams || {};
    operation.required.forEach(function (name) {
      if (!isGiven(params[name])) throw new Error(name + ' must be defined');
    });

    // Without a prototype: a parameter may be called __proto__.
    var query = Object.create(null);
    operation.query.forEach(function (name) {
      query[name] = params[name];
    });
    Object.assign(query, additionalParams.queryParams);
    var search = queryText(query);
    var path = expandPath(operation.path, params);
    var url = new URL(settings.invokeUrl + path + (search === '' ? '' : '?' + search));

    var content = bodyToSend(operation.verb, body);
    var headers = { accept: settings.defaultAcceptType };
    if (content !== undefined && !(content instanceof FormData || content instanceof URLSearchParams))
      headers['content-type'] = settings.defaultContentType;
    if (settings.apiKey) headers['x-api-key'] = settings.apiKey;
    var own = Object.create(null);
    operation.header.forEach(function (name) {
      own[name] = params[name];
    });
    putHeaders(headers, own);
    putHeaders(headers, additionalParams.headers);
    if (content === undefined) delete headers['content-type'];
    else if (content instanceof URLSearchParams && !headers['content-type'])
      headers['content-type'] = 'application/x-www-form-urlencoded;charset=UTF-8';

    // A token of the caller's own goes before a signature: there is one field for both.
    if (settings.accessKey && settings.secretKey && !headers.authorization)
      await sign(settings, operation.verb, url, headers, content);

    var options = { method: operation.verb, headers: headers, body: content };
    if (additionalParams.signal) options.signal = additionalParams.signal;
    var response = await fetch(url, options);
    var result = await resultOf(response, additionalParams.responseType);
    if (response.ok) return result;
    var error = new Error('Request failed with status code ' + response.status);
    throw Object.assign(error, result, { response: result });
  }
`.trimStart();
