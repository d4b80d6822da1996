/**
 * The modules that whatsapp-web.js 1.34.7 asks this page for, by the names it asks for. What an assistant has no use for
 * (making groups and channels, labels, orders, polls, events, profile pictures) is left out: asked for, it fails as a
 * module does that WhatsApp has renamed.
 */
import {
  addContact,
  Chats,
  Contacts,
  findChat,
  lids,
  loadEarlierMsgs,
  Msgs,
  me,
  Newsletters,
  Reactions,
} from './collections.js';
import { Cmd, Conn, calls, getMe, progress, Socket } from './device.js';
import { Collection, Model } from './emitter.js';
import { downloadAndMaybeDecrypt, getOrCreateMediaObject, OpaqueData, prepRawMedia, uploadMedia } from './media.js';
import { reactionTable, sendReactionToMsg } from './react.js';
import {
  addAndSendMsgToChat,
  capability,
  chatState,
  getQuotedMsgObj,
  sendDeleteMsgs,
  sendMessageEdit,
  sendRevokeMsgs,
  sendSeen,
} from './send.js';
import { createWid, MsgKey } from './wid.js';
import { wire } from './wire.js';

Object.assign(Cmd, {
  refreshQR: () => wire.ask('refreshQR'),
  sendRevokeMsgs,
  sendDeleteMsgs,
  archiveChat: async (chat, archive) => chat.set({ archive }),
  markChatUnread: async (chat, unread) => chat.set({ unreadCount: unread ? -1 : 0 }),
  pinChat: async (chat, pin) => chat.set({ pin: pin ? 1 : 0 }),
});

const LINK = /\bhttps?:\/\/[^\s<>]+[^\s<>.,;:!?)\]]/g;
const linkOf = (href) => ({ href, value: href, suspiciousCharacters: new Set() });
const findLinks = (text) => (String(text ?? '').match(LINK) ?? []).map(linkOf);

const isMe = (contact) => contact.id.equals(me.pn) || contact.id.equals(me.lid);
const metadata = { update: async () => {} };
const emptyFind = new Collection({ find: async () => new Model() });
const key = new Uint8Array(32).fill(7);

async function queryWidExists(wid) {
  const contact = await wire.ask('exists', { id: wid._serialized });
  if (!contact) return null;
  addContact(contact);
  return { wid };
}

export const modules = {
  WAWebSocketModel: { Socket },
  WAWebConnModel: { Conn },
  WAWebCmd: { Cmd },
  WAWebStreamModel: { Stream: { markAvailable: () => {}, markUnavailable: () => {} } },
  WAWebOfflineHandler: { OfflineMessageHandler: { getOfflineDeliveryProgress: () => progress.percent } },
  WAWebLaunchSocketUtils: { refreshQR: () => wire.ask('refreshQR') },
  WAWebAltDeviceLinkingApi: {
    setPairingType: () => {},
    initializeAltDeviceLinking: async () => {},
    initializeQRLinking: async () => {},
    startAltLinkingFlow: (phone) => wire.ask('pairingCode', { phone }),
  },
  WAWebMiscBrowserUtils: { info: () => ({ os: 'Linux', name: 'Chrome' }) },
  WABase64: { encodeB64: (bytes) => btoa(String.fromCharCode(...bytes)) },
  WAWebCompanionRegClientUtils: { DEVICE_PLATFORM: '1' },
  WAWebAdvSignatureApi: {},
  WAWebUserPrefsInfoStore: { waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: key } }) } },
  WAWebSignalStoreApi: { waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: key } }) } },
  WAWebUserPrefsMultiDevice: { getADVSecretKey: () => btoa('stand-in for the secret of a device') },
  WAWebUserPrefsMeUser: { getMaybeMePnUser: () => me.pn, getMaybeMeLidUser: () => me.lid },

  WAWebCollections: {
    Chat: Chats,
    Contact: Contacts,
    Msg: Msgs,
    Reactions,
    WAWebNewsletterCollection: Newsletters,
    WAWebNewsletterMetadataCollection: metadata,
    GroupMetadata: metadata,
    BusinessProfile: emptyFind,
    Blocklist: new Collection(),
    Label: new Collection(),
    Status: new Collection(),
    ProfilePicThumb: new Collection(),
  },
  WAWebContactCollection: { getMeContact: getMe },
  WAWebCallCollection: { on: () => {}, calls },
  WAWebWidFactory: {
    createWid,
    createWidFromWidLike: createWid,
    createUserWid: createWid,
    asUserWidOrThrow: (wid) => {
      if (!wid?.isUser()) throw new Error(`wid error: not a user ${String(wid)}`);
      return wid;
    },
  },
  WAWebWidToJid: { widToUserJid: (wid) => wid.toJid(), widToGroupJid: (wid) => wid.toJid() },
  WAWebJidToWid: { userJidToUserWid: createWid, newsletterJidToWid: createWid },
  WAWebMsgKey: MsgKey,
  WAWebLidMigrationUtils: { toPn: (wid) => (wid.isLid() ? lids.toPn.get(wid._serialized) : wid) },
  WAWebApiContact: {
    getCurrentLid: (wid) => lids.toLid.get(wid._serialized),
    getPhoneNumber: (wid) => lids.toPn.get(wid._serialized),
    getAlternateUserWid: (wid) => lids.toPn.get(wid._serialized) ?? lids.toLid.get(wid._serialized),
  },
  WAWebQueryExistsJob: { queryWidExists },
  WAWebContactGetters: {
    getIsMe: isMe,
    getIsUser: (contact) => contact.id.isUser(),
    getIsGroup: (contact) => contact.id.isGroup(),
    getIsWAContact: (contact) => contact.id.isUser(),
    getUserid: (contact) => contact.id.user,
    getVerifiedName: () => undefined,
    getVerifiedLevel: () => undefined,
    getStatusMute: () => false,
    getName: (contact) => contact.name,
    getShortName: (contact) => contact.name?.split(' ')[0],
    getPushname: (contact) => contact.pushname,
    getIsEnterprise: () => false,
  },
  WAWebFrontendContactGetters: { getIsMyContact: (contact) => Boolean(contact.name) },
  WAWebPhoneUtils: { formattedPhoneNumber: (jid) => `+${jid.split('@')[0]}` },

  WAWebChatGetters: {
    getIsNewsletter: (chat) => chat.id.isNewsletter(),
    getIsBroadcast: (chat) => chat.id.isBroadcast(),
  },
  WAWebFindChatAction: { findOrCreateLatestChat: async (wid) => ({ chat: await findChat(wid) }) },
  WAWebChatLoadMessages: { loadEarlierMsgs },
  WAWebLoadNewsletterPreviewChatAction: { loadNewsletterPreviewChat: async () => {} },
  WAWebGetEphemeralFieldsMsgActionsUtils: { getEphemeralFields: () => ({}) },
  WAWebUpdateUnreadChatAction: { sendSeen },
  WAWebChatStateBridge: {
    sendChatStateComposing: chatState('typing'),
    sendChatStateRecording: chatState('recording'),
    sendChatStatePaused: chatState('paused'),
  },
  WAWebPresenceChatAction: {
    sendPresenceAvailable: () => wire.ask('presence', { available: true }),
    sendPresenceUnavailable: () => wire.ask('presence', { available: false }),
  },

  WAWebSendMsgChatAction: { addAndSendMsgToChat },
  WAWebSendMessageEditAction: { sendMessageEdit },
  WAWebSendReactionMsgAction: { sendReactionToMsg },
  WAWebMsgActionCapability: capability,
  WAWebMsgReply: { canReplyMsg: (msg) => msg.type !== 'revoked' },
  WAWebQuotedMsgModelUtils: { getQuotedMsgObj },
  WALinkify: { findLink: (text) => findLinks(text)[0], findLinks },
  // Nothing can be fetched for a preview here, and the page answers so: the library's edit does not expect it.
  WAWebLinkPreviewChatAction: { getLinkPreview: async () => undefined },
  WAWebVcardParsingUtils: { parseVcard: () => undefined },
  WAWebAddonReactionTableMode: reactionTable,
  WAWebAddonPollVoteTableMode: { pollVoteTableMode: { bulkUpsert: () => {} } },
  WAWebBackendJobsCommon: { mediaTypeFromProtobuf: () => null },
  WAWebE2EProtoUtils: { typeAttributeFromProtobuf: () => 'text' },
  WAWebSyncGatingUtils: { isPlaceholderMessageResendEnabled: () => false },
  WAWebNonMessageDataRequestPlaceholderMessageResendUtils: {
    handlePlaceholderMsgsSeen: (msgs) => wire.ask('resend', { ids: msgs.map((msg) => msg.id._serialized) }),
  },

  WAWebMediaOpaqueData: OpaqueData,
  WAWebPrepRawMedia: { prepRawMedia },
  WAWebMediaStorage: { getOrCreateMediaObject },
  WAWebMmsMediaTypes: { msgToMediaType: ({ type }) => type, castToV4: (type) => type },
  WAWebMediaDataUtils: { shouldUseMediaCache: () => false },
  WAWebMediaMmsV4Upload: { uploadMedia },
  WAWebDownloadManager: { downloadManager: { downloadAndMaybeDecrypt } },
};
