// Windows: device names with any extension, these characters, and a dot or blank at the end, which it drops silently
// (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). `git~1` is the short name that NTFS gives to `.git`.
const forbiddenCharacter = /[\p{Cc}<>:"|?*\\]/u;
const forbiddenName = /^(?:|.*[. ]|\.git|git~1|(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?)$/i;

/** True for a name that a file or folder can have on Linux, macOS and Windows. */
export const isSafeName = (name: string): boolean => !forbiddenCharacter.test(name) && !forbiddenName.test(name);
