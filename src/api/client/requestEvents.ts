/** The events without a payload of their own that the host of a request sends, made once unless they are rare. */
import type { MessageEvent } from '../message/OutgoingHost.js';

export const attached: MessageEvent = { type: 'net.attached' };
export const opened: MessageEvent = { type: 'net.opened', writable: true };
export const openedUnwritable: MessageEvent = { type: 'net.opened', writable: false };
export const continues: MessageEvent = { type: 'wire.continue' };
export const refused: MessageEvent = { type: 'net.refused' };
export const failedEarly: MessageEvent = { type: 'net.failed', retriable: false, hostOrder: false };
export const tick: MessageEvent = { type: 'clock.tick' };
export const destroyed: MessageEvent = { type: 'user.destroy' };
export const forsaken = (hostOrder: boolean): MessageEvent => ({ type: 'user.forsake', hostOrder });
export const aborted = (hostOrder: boolean, ownsSocket: boolean): MessageEvent => ({
  type: 'user.abort',
  hostOrder,
  ownsSocket,
});
export const abortTick: MessageEvent = { type: 'clock.aborted' };
export const handedOver: MessageEvent = { type: 'response.handedOver' };
export const cancelled: MessageEvent = { type: 'response.cancelled' };
export const failed: MessageEvent = { type: 'response.failed' };
export const wholeRead = completions(false);
export const wholeUnread = completions(true);

function completions(unread: boolean): { readonly kept: MessageEvent; readonly last: MessageEvent } {
  return {
    kept: { type: 'wire.complete', keeps: true, unread },
    last: { type: 'wire.complete', keeps: false, unread },
  };
}
