/** With more commands than this waiting, a new one is refused at once instead of being answered late. */
export const backlogLimit = 5_000;

/** With more than this nothing new should be begun: the room that is left is for what ends something. */
export const busyBacklog = (backlogLimit * 4) / 5;
