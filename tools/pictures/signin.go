package main

// signIn is the decision for a way to sign in: the first question with the answer
// yes decides.
func signIn() (*canvas, error) {
	const left, width, row, gap = 20, 330, 64, 30
	const right = left + width + 80
	c := newCanvas(right+width+20, 6*(row+gap)+10, "Which way to sign in: the first question with the answer yes decides")
	ladder := []struct{ question, hint, way, about string }{
		{"Will the platform's own app do?", "an administrator clicks Accept once", "Hosted app", "nothing to register, but not every command"},
		{"Must a person be seen to act?", "or reset a password on premises", "Authorization code", "a person signs in once, in a browser"},
		{"Does it run on an Azure resource?", "a virtual machine, App Service, Arc", "Managed identity", "no secret at all"},
		{"Does it run in Kubernetes?", "with a federated credential in Entra", "Workload identity", "no secret at all"},
		{"Can you keep a private key?", "in a file, or in the instance", "Certificate", "only its public half is in Entra"},
	}
	for i, rung := range ladder {
		y := 10 + i*(row+gap)
		c.box(left, y, width, row, rung.question, rung.hint)
		c.boxOf("end", right, y, width, row, rung.way, rung.about)
		c.arrow(left+width, y+row/2, right, y+row/2)
		c.note(left+width+26, y+row/2-8, "yes")
		c.arrow(left+width/2, y+row, left+width/2, y+row+gap)
		c.note(left+width/2+10, y+row+gap/2+4, "no")
	}
	c.boxOf("end", left, 10+len(ladder)*(row+gap), width, row, "Client secret", "it ends: note the date")
	return c, nil
}
