import isPathInside from 'is-path-inside';

/** True: a path lies in a folder and is not the folder itself; both absolute. Links are not followed. */
export const isInside = (path: string, folder: string): boolean => isPathInside(path, folder);

/** True: a path is the folder or lies in it; both absolute. Links are not followed. */
export const isWithin = (path: string, folder: string): boolean => path === folder || isInside(path, folder);
