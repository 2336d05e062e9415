// cert-manager's parts in one program: its main packages are no part of the module that the project publishes, and all
// that they start is. Metrics and profiling are left out; an option that means nothing without them is ignored.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	kubernetesscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	runtimes "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cert-manager/cert-manager/internal/apis/config/controller/v1alpha1"
	"github.com/cert-manager/cert-manager/internal/webhook"
	scheme "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned/scheme"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	gatewayshim "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/gateways"
	"github.com/cert-manager/cert-manager/pkg/controller/configfile"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/acme"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/vault"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/venafi"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util/cmapichecker"
	webhookoptions "github.com/cert-manager/cert-manager/pkg/webhook/options"
)

func main() {
	parts := map[string]func(context.Context, []string) error{
		"controller": control, "webhook": admit, "cainjector": inject, "startupapicheck": check,
	}
	logs.InitLogs()
	runtimes.SetLogger(logs.Log)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := parts[os.Args[1]](logs.NewContext(ctx, logs.Log), os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func parse(args []string, add func(*pflag.FlagSet)) error {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	add(flags)
	return flags.Parse(args)
}

// The controllers, in the one pod that leads.
func control(ctx context.Context, args []string) error {
	file, namespace, resources := "", "", ""
	if err := parse(args, func(flags *pflag.FlagSet) {
		flags.StringVar(&file, "config", "", "")
		flags.StringVar(&namespace, "leader-election-namespace", "kube-system", "")
		flags.StringVar(&resources, "cluster-resource-namespace", "kube-system", "")
	}); err != nil {
		return err
	}
	text := []byte(`{"apiVersion": "controller.config.cert-manager.io/v1alpha1", "kind": "ControllerConfiguration"}`)
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return err
		}
	}
	read := configfile.New()
	if err := read.DecodeAndConfigure(text); err != nil {
		return err
	}
	config := read.Config
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		KubernetesAPIQPS:   config.KubernetesAPIQPS,
		KubernetesAPIBurst: config.KubernetesAPIBurst,
		IssuerOptions:      controller.IssuerOptions{ClusterResourceNamespace: resources},
		SchedulerOptions:   controller.SchedulerOptions{MaxConcurrentChallenges: config.MaxConcurrentChallenges},
		CertificateOptions: controller.CertificateOptions{
			CertificateRequestMinimumBackoffDuration: config.CertificateRequestMinimumBackoffDuration,
		},
		ConfigOptions: controller.ConfigOptions{EnableGatewayAPI: config.EnableGatewayAPI},
	})
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", config.HealthzListenAddress)
	if err != nil {
		return err
	}
	health := healthz.NewServer(config.LeaderElectionConfig.HealthzTimeout)
	go func() { _ = health.Start(ctx, listener) }()

	enabled := sets.New(v1alpha1.DefaultEnabledControllers...)
	if config.EnableGatewayAPI {
		enabled.Insert(gatewayshim.ControllerName)
	}
	lead := func(ctx context.Context) {
		for name, construct := range controller.Known() {
			if !enabled.Has(name) {
				continue
			}
			running, err := construct(factory)
			if err != nil {
				log.Fatal(err)
			}
			go func() { log.Print(name, running.Run(config.NumberOfConcurrentWorkers, ctx)) }()
		}
		shared.SharedInformerFactory.Start(ctx.Done())
		shared.KubeSharedInformerFactory.Start(ctx.Done())
		shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
		if config.EnableGatewayAPI {
			shared.GWShared.Start(ctx.Done())
		}
	}
	name, _ := os.Hostname()
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, "cert-manager-controller",
		shared.Client.CoreV1(), shared.Client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: name})
	if err != nil {
		return err
	}
	election := config.LeaderElectionConfig
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock:            lock,
		LeaseDuration:   election.LeaseDuration,
		RenewDeadline:   election.RenewDeadline,
		RetryPeriod:     election.RetryPeriod,
		ReleaseOnCancel: true,
		WatchDog:        health.LeaderHealthzAdaptor,
		Callbacks:       leaderelection.LeaderCallbacks{OnStartedLeading: lead, OnStoppedLeading: func() {}},
	})
	return nil
}

// The webhook that defaults and validates its kinds.
func admit(ctx context.Context, args []string) error {
	config, err := webhookoptions.NewWebhookConfiguration()
	if err != nil {
		return err
	}
	if err := parse(args, func(flags *pflag.FlagSet) { webhookoptions.AddConfigFlags(flags, config) }); err != nil {
		return err
	}
	server, err := webhook.NewCertManagerWebhookServer(logs.Log, *config)
	if err != nil {
		return err
	}
	return server.Run(ctx)
}

// The controllers that write CAs into definitions and configurations of webhooks.
func inject(ctx context.Context, args []string) error {
	namespace := ""
	if err := parse(args, func(flags *pflag.FlagSet) {
		flags.StringVar(&namespace, "leader-election-namespace", "kube-system", "")
	}); err != nil {
		return err
	}
	kinds := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		kubernetesscheme.AddToScheme, scheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme,
	} {
		if err := add(kinds); err != nil {
			return err
		}
	}
	manager, err := runtimes.NewManager(runtimes.GetConfigOrDie(), runtimes.Options{
		Scheme:                        kinds,
		Client:                        client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		LeaderElection:                true,
		LeaderElectionNamespace:       namespace,
		LeaderElectionID:              "cert-manager-cainjector-leader-election",
		LeaderElectionReleaseOnCancel: true,
		Metrics:                       metricsserver.Options{BindAddress: "0"},
	})
	if err != nil {
		return err
	}
	if err := cainjector.RegisterAllInjectors(ctx, manager, cainjector.SetupOptions{
		EnableCertificatesDataSource: true,
		EnabledReconcilersFor: map[string]bool{
			cainjector.MutatingWebhookConfigurationName:   true,
			cainjector.ValidatingWebhookConfigurationName: true,
			cainjector.APIServiceName:                     true,
			cainjector.CustomResourceDefinitionName:       true,
		},
	}); err != nil {
		return err
	}
	return manager.Start(ctx)
}

// The Job that Helm waits for: it ends when the webhook answers.
func check(ctx context.Context, args []string) error {
	wait := time.Minute
	if err := parse(args, func(flags *pflag.FlagSet) { flags.DurationVar(&wait, "wait", wait, "") }); err != nil {
		return err
	}
	checker, err := cmapichecker.New(runtimes.GetConfigOrDie(), os.Getenv("POD_NAMESPACE"))
	if err != nil {
		return err
	}
	for end := time.Now().Add(wait); ; time.Sleep(time.Second) {
		if err = checker.Check(ctx); err == nil || time.Now().After(end) {
			return err
		}
	}
}
