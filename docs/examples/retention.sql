delete from chatkit_threads where (document->>'created_at')::timestamptz < now() - interval '90 days';
