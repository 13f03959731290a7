-- Where a flow of our own goes back to, in which somebody who is signed in proves anew who they are.
-- NULL: there is nobody to confirm.
ALTER TABLE flows ADD COLUMN return_to text;
