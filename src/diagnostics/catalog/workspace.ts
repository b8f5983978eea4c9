/** 5xxx: the workspace and what is hidden in it. */
export const WORKSPACE = {} as const;
