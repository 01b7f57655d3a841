// AWS's quotas that more than one room needs, with their source: data-plane reference, section 5.

export const integrationTimeoutMinMs = 50;
export const integrationTimeoutMaxMs = 29_000;
export const requestBodyBytesMax = 10_485_760;
export const responseBodyBytesMax = 10_485_760;
export const requestHeaderBytesMax = 10_240;
export const requestUrlBytesMax = 10_240;
export const mappingTemplateBytesMax = 307_200;
export const accessLogFormatBytesMax = 3_072;
export const stageVariablesMax = 100;
export const accountRateRpsDefault = 10_000;
export const accountBurstDefault = 5_000;
