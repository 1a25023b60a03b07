-- A whole enrollment in the database server, on naive's tables: no round trips within the transaction.
CREATE FUNCTION enroll(course text, learner text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    c      courses%ROWTYPE;
    held   text;
    id     text := gen_random_uuid();
    status text := 'waitlisted';
BEGIN
    SELECT * INTO c FROM courses WHERE tenant_id = 'default' AND course_id = course FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'course_not_found';
    END IF;
    SELECT e.status INTO held FROM enrollments e WHERE e.tenant_id = 'default' AND e.course_id = course AND e.learner_id = learner;
    IF FOUND THEN
        RETURN 'already_' || held;
    END IF;
    IF NOT c.open THEN
        RETURN 'course_closed';
    END IF;
    IF c.waitlist_length = 0 AND c.seats_taken < c.capacity THEN
        status := 'enrolled';
        c.seats_taken := c.seats_taken + 1;
    ELSE
        c.waitlist_length := c.waitlist_length + 1;
    END IF;
    c.sequence := c.sequence + 1;
    INSERT INTO enrollments VALUES ('default', course, learner, id, status, c.sequence, now());
    INSERT INTO outbox VALUES ('default', course, c.sequence, gen_random_uuid(), 'learner.' || status, learner, id, now());
    UPDATE courses SET seats_taken = c.seats_taken, waitlist_length = c.waitlist_length, sequence = c.sequence
    WHERE tenant_id = 'default' AND course_id = course;
    RETURN status;
END
$$;
