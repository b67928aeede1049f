import isPathInside from 'is-path-inside';

/**
 * True if a path is inside a folder, but not the folder itself. Both must be absolute; links are not
 * resolved.
 */
export const isInside = (path: string, folder: string): boolean => isPathInside(path, folder);

/** True if a path is the folder or inside it. Both must be absolute; links are not resolved. */
export const isWithin = (path: string, folder: string): boolean => path === folder || isInside(path, folder);
