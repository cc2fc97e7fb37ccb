import { approvalOf, askApproval, type HookEvents, messageText, type RespondTurn, streamAnswer } from 'chatkit-express';

interface Folder {
  name: string;
}

declare function folderIn(question: string): Folder;
declare function deleteFolder(folder: Folder): Promise<void>;

// #region hook
async function* respond(turn: RespondTurn<unknown>): HookEvents {
  const approval = await approvalOf<Folder>(turn);
  if (!approval) {
    const folder = folderIn(messageText(turn.input));
    yield* askApproval(turn, `Delete the folder ${folder.name} with all its files?`, { state: folder });
    return; // `respond` is called again with the decision
  }
  if (approval.approved) await deleteFolder(approval.state);
  yield* streamAnswer(turn, approval.approved ? 'The folder is deleted.' : 'The folder is still there.');
}
// #endregion

export { respond };

export function several(turn: RespondTurn<unknown>, folders: Folder[]) {
  // #region several
  async function* ask(): HookEvents {
    const requests = folders.map(({ name }) => ({ id: name, question: `Delete ${name}?` }));
    yield* askApproval(turn, requests, { approve: 'Delete', reject: 'Keep', state: folders });
  }
  // #endregion
  return ask;
}
