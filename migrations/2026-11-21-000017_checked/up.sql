-- What 000014 and 000015 added without looking at the rows that were there.
ALTER TABLE one_time_links VALIDATE CONSTRAINT one_time_links_purpose_check;
ALTER TABLE flows VALIDATE CONSTRAINT flows_user_id_fkey;
