// Package merge changes a service that was made from a template: it takes over a later version of the template, adds a part or leaves one
// out.
//
// It makes the service twice by `scaffold new`, each time with the answers of .scaffold.json: once as it was made, and once as it is to be.
// Both are commits, the second a child of the first, and git cherry-pick brings the difference to what the owner has made of the service.
// So renames are followed, conflicts are git's own, and what the owner has changed or deleted stays.
package merge
