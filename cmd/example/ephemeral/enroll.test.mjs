// A test of a program that calls roster, with Node.js alone. Each test has a tenant of its own.
//
//   ROSTER=bin/roster node --test cmd/example/ephemeral/enroll.test.mjs
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'

let server, addresses

before(async () => {
  server = spawn(process.env.ROSTER ?? 'roster', ['serve', '--ephemeral', '--log-level', 'warn'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: server.stdout }), 'line')
  addresses = JSON.parse(line)
})

after(async () => {
  server.stdin.end() // this ends the server
  await once(server, 'exit')
})

// client returns a function that sends requests as one subject of a tenant.
async function client(tenant, role, subject) {
  const response = await fetch(`${addresses.tokenUrl}?${new URLSearchParams({ tenant, role, subject })}`, { method: 'POST' })
  assert.ok(response.ok, await response.clone().text())
  const { token } = await response.json()
  return async (method, path, body) => {
    const answer = await fetch(addresses.url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    })
    assert.ok(answer.ok, await answer.clone().text())
    return answer.json()
  }
}

test('a withdrawal promotes the learner who waits', async () => {
  const tenant = randomUUID()
  const staff = await client(tenant, 'staff', 'sam')
  const ada = await client(tenant, 'learner', 'ada')
  const bob = await client(tenant, 'learner', 'bob')
  await staff('PUT', '/v1/courses/go-101', { title: 'Go for engineers', capacity: 1 })

  assert.equal((await ada('POST', '/v1/courses/go-101/enrollments', {})).status, 'enrolled')
  const waiting = await bob('POST', '/v1/courses/go-101/enrollments', {})
  assert.equal(waiting.status, 'waitlisted')
  assert.equal(waiting.position, 1)

  const withdrawn = await ada('DELETE', '/v1/courses/go-101/enrollments/ada')
  assert.equal(withdrawn.promoted.learnerId, 'bob')
  assert.equal((await bob('GET', '/v1/courses/go-101/enrollments/bob')).status, 'enrolled')
})
